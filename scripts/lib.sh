# Shared by run and test. Sourced by bash, with $top set to the root of the clone.

BUILD_PACKAGES='gcc pkg-config meson ninja-build python3 libpcap-dev libndpi-dev libgmime-3.0-dev libldns-dev libssl-dev
	zlib1g-dev libzstd-dev libxxhash-dev libncurses-dev'
TEST_PACKAGES='libcmocka-dev clang libclang-rt-14-dev clang-format git python3-jsonschema tshark tcpdump iproute2 ethtool
	procps zstd openssl util-linux tmux'
# Real peers. Exim and Cyrus conflict with Postfix and Dovecot: samples/make/lab.sh unpacks them beside. What they link is here.
PEER_PACKAGES='postfix dovecot-imapd dovecot-pop3d dovecot-lmtpd dovecot-submissiond swaks curl fetchmail mutt gsasl
	libsasl2-modules libnet-ssleay-perl'
SAMPLE_PACKAGES='libmariadb3 libspf2-2 libical3 libxapian30 libzephyr4 libclamav12 sasl2-bin unbound ldnsutils
	bind9-dnsutils'

# Runs a command as root: directly, or through sudo.
as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo -E "$@"
	else
		echo "needs root or sudo: $*" >&2
		return 1
	fi
}

# Prints those of the packages named that are not installed.
missing_packages()
{
	local have
	have=" $(dpkg-query -W -f '${db:Status-Status}:${Package} ' "$@" 2>/dev/null || true)"
	for p in "$@"; do
		case $have in *" installed:$p "*) ;; *) echo "$p" ;; esac
	done
}

# Runs a command, and shows what it printed only when it fails.
quietly()
{
	local log
	log=$(mktemp)
	if "$@" >"$log" 2>&1 </dev/null; then
		rm -f "$log"
		return 0
	fi
	echo "failed: $*" >&2
	tail -n 60 "$log" >&2
	rm -f "$log"
	return 1
}

apt()
{
	quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@"
}

# Daemons that come with a package must not start: on Debian, policy-rc.d says so. Ours stays only for the installation.
without_daemons()
{
	local policy=/usr/sbin/policy-rc.d rc=0
	if [ -e $policy ]; then
		"$@"
		return
	fi
	printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
	as_root chmod 755 $policy
	"$@" || rc=$?
	as_root rm -f $policy
	return $rc
}

# Installs those of the packages named that are missing.
need_packages()
{
	local missing
	missing=$(missing_packages "$@")
	[ -n "$missing" ] || return 0
	echo "installing" $missing >&2
	apt update || return
	without_daemons apt install -y --no-install-recommends $missing
}

# build_in DIR [MESON ARGS…] [-- TARGETS…]: configures once, then builds; a build that is up to date takes no time.
build_in()
{
	local dir=$top/$1 args=()
	shift
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		args+=("$1")
		shift
	done
	[ $# = 0 ] || shift
	[ -e "$dir/build.ninja" ] || quietly meson setup "$dir" "$top" "${args[@]}" || return
	quietly ninja -C "$dir" "$@"
}

# The program as users run it, and nothing else: the tests would take long to link with optimisation over all files, which makes
# it a twelfth faster.
build_program()
{
	build_in build-run --buildtype=release -Db_lto=true -- mailsnoop
}
