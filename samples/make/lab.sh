# A lab of two network namespaces, `client` and `server`, joined by a veth pair with MTU 1500, and real mail software in it.
# Sourced by the scripts that make samples and by the live test, as root, with bash. Nothing leaves the namespaces; everything
# is in one temporary directory and ends with the script.
#
#   . lab.sh; lab_begin; lab_dovecot; lab_postfix; lab_capture NAME; lab_client curl …; lab_capture_end

set -eu
MAKE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$MAKE/pki.sh"
OUT=${OUT:-$MAKE/../pcap}
SERVER=192.0.2.20 # RFC 5737
CLIENT=192.0.2.10
CLIENT2=192.0.2.11
NAME=mail.example.test
MAIL_UID=5055 # owns the mailboxes; no such user is needed
# Of the lab and nowhere else; samples/README.md lists them for the test that looks for secrets.
ALICE='Wond3rland-tea'
BOB='Bu1lder-brick'
CAROL='C4rol-sings-loud'

lab_client() { ip netns exec "$NS_CLIENT" "$@"; }
# With an openssl.cnf of its own, where there is one (lab_tls_old): `ip netns exec` has a mount namespace for it.
lab_server()
{
	[ -e "$WORK/openssl.cnf" ] || { ip netns exec "$NS_SERVER" "$@"; return; }
	ip netns exec "$NS_SERVER" sh -c 'mount --bind "$0" /etc/ssl/openssl.cnf && exec "$@"' "$WORK/openssl.cnf" "$@"
}

lab_begin()
{
	[ "$(id -u)" = 0 ] || { echo "needs root for network namespaces" >&2; exit 1; }
	WORK=$(mktemp -d /tmp/mailsnoop-lab.XXXXXX)
	chmod 755 "$WORK"
	NS_CLIENT=mslab$$c NS_SERVER=mslab$$s ENDERS=
	trap lab_end EXIT
	trap "exit 1" TERM INT HUP
	ip netns add "$NS_CLIENT"
	ip netns add "$NS_SERVER"
	ip -n "$NS_CLIENT" link add veth0 type veth peer name veth0 netns "$NS_SERVER"
	lab_link "$NS_CLIENT" "$CLIENT" "$CLIENT2"
	lab_link "$NS_SERVER" "$SERVER"
	mkdir "$WORK/mail"
	chown $MAIL_UID:$MAIL_UID "$WORK/mail"
	lab_cert
}

# lab_link NAMESPACE ADDRESS…: no offload, so that packets in the capture are those of the wire.
lab_link()
{
	local ns=$1
	shift
	ip netns exec "$ns" ethtool -K veth0 tso off gso off gro off tx off rx off >/dev/null 2>&1 || true
	for a in "$@"; do
		ip -n "$ns" addr add "$a/24" dev veth0
	done
	ip -n "$ns" link set lo up
	ip -n "$ns" link set veth0 up
}

# What is started names how it is ended; the last started is ended first.
lab_end()
{
	local rc=$?
	set +e
	lab_capture_end
	for e in $ENDERS; do
		"$e"
	done >/dev/null 2>&1
	for ns in "$NS_CLIENT" "$NS_SERVER"; do
		ip netns pids "$ns" 2>/dev/null | xargs -r kill -KILL 2>/dev/null
		ip netns del "$ns" 2>/dev/null
	done
	[ $rc = 0 ] || lab_logs
	rm -rf "$WORK"
	exit $rc
}

lab_logs()
{
	for f in "$WORK"/*.log; do
		[ -s "$f" ] && echo "--- $f" >&2 && tail -n 15 "$f" >&2
	done
}

lab_cert()
{
	openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=$NAME" -addext "subjectAltName=DNS:$NAME" \
		-keyout "$WORK/key.pem" -out "$WORK/cert.pem" 2>/dev/null
	chmod 644 "$WORK/key.pem"
}

# lab_wait PORT…: until the server listens there.
lab_wait()
{
	for port in "$@"; do
		for _ in $(seq 100); do
			lab_server ss -Hltn "sport = :$port" | grep -q . && continue 2
			sleep 0.1
		done
		echo "nothing listens on port $port" >&2
		return 1
	done
}

# lab_capture NAME: what the client's side sees; CAPTURE_IF, CAPTURE_WHAT: of another interface, or of other packets.
lab_capture()
{
	CAPTURE=$OUT/$1.pcap
	mkdir -p "$OUT"
	ip netns exec "$NS_CLIENT" tcpdump -Z root --immediate-mode -i "${CAPTURE_IF:-veth0}" -B 8192 -U -s 0 -w "$CAPTURE.new" \
		"${CAPTURE_WHAT:-tcp}" 2>"$WORK/tcpdump.log" &
	CAPTURE_PID=$!
	for _ in $(seq 50); do
		grep -q listening "$WORK/tcpdump.log" && return
		sleep 0.1
	done
}

lab_capture_end()
{
	[ -n "${CAPTURE_PID:-}" ] || return 0
	sleep 0.5
	kill -TERM "$CAPTURE_PID" 2>/dev/null && wait "$CAPTURE_PID" || true
	CAPTURE_PID=
	mv "$CAPTURE.new" "$CAPTURE"
	chmod 644 "$CAPTURE"
}

# client.py: a dialogue from standard input, for what no packaged client does.
lab_dialogue() { lab_client /usr/bin/python3 "$MAKE/client.py" "$@"; }

# ---- servers -----------------------------------------------------------------------------------------------------------

lab_users()
{
	printf '%s:{PLAIN}%s\n' alice "$ALICE" bob "$BOB" carol "$CAROL" >"$WORK/users"
}

# lab_dovecot [CONFIGURATION LINES]: IMAP, POP3 and LMTP, and the logins of Postfix.
lab_dovecot()
{
	lab_users
	local queue=$WORK/postfix/queue/private
	mkdir -p "$WORK/dovecot" "$queue"
	sed "s|WORK|$WORK|g; s|SERVER|$SERVER|g; s|UID|$MAIL_UID|g" "$MAKE/dovecot.conf" >"$WORK/dovecot.conf"
	printf '%s\n' "${1:-}" >>"$WORK/dovecot.conf"
	lab_server dovecot -F -c "$WORK/dovecot.conf" >"$WORK/dovecot.out.log" 2>&1 &
	ENDERS="lab_dovecot_end $ENDERS"
	lab_wait 143 110
}
lab_dovecot_end() { doveadm -c "$WORK/dovecot.conf" stop; }

# lab_postfix [CONFIGURATION LINES [SERVICES]]: ports 25, 587 and 465; mail for example.test is put into the mailboxes.
lab_postfix()
{
	mkdir -p "$WORK/postfix/etc" "$WORK/postfix/queue" "$WORK/postfix/data"
	mkdir -p "$WORK/postfix/queue/private"
	chown postfix "$WORK/postfix/data" "$WORK/postfix/queue/private"
	sed "s|WORK|$WORK|g; s|SERVER|$SERVER|g; s|UID|$MAIL_UID|g" "$MAKE/postfix-main.cf" >"$WORK/postfix/etc/main.cf"
	printf '%s\n' "${1:-}" >>"$WORK/postfix/etc/main.cf"
	{ cat "$MAKE/postfix-master.cf"; printf '%s\n' "${2:-}"; } >"$WORK/postfix/etc/master.cf"
	printf '%s@example.test %s/Maildir/\n' alice alice bob bob carol carol >"$WORK/postfix/etc/mailboxes"
	lab_server postmap -c "$WORK/postfix/etc" "hash:$WORK/postfix/etc/mailboxes"
	lab_server postfix -c "$WORK/postfix/etc" start >"$WORK/postfix.out.log" 2>&1
	ENDERS="lab_postfix_end $ENDERS"
	lab_wait 25 587 465
}
lab_postfix_end() { lab_server postfix -c "$WORK/postfix/etc" abort; }

# lab_unpack PACKAGE…: Exim conflicts with Postfix, and Cyrus with Dovecot: unpack them beside, from Debian all the same.
# Their directory stays for the next script: LAB_CACHE, or one in /tmp.
lab_unpack()
{
	UNPACKED=${LAB_CACHE:-/tmp/mailsnoop-lab-cache-$(id -u)}
	for p in "$@"; do
		[ -e "$UNPACKED/.$p" ] && continue
		mkdir -p "$UNPACKED/debs"
		(cd "$UNPACKED/debs" && { apt-get download "$p" || { apt-get update && apt-get download "$p"; }; }) >/dev/null 2>&1
		dpkg -x "$UNPACKED"/debs/"${p}"_*.deb "$UNPACKED"
		touch "$UNPACKED/.$p"
	done
}

# lab_exim [CONFIGURATION LINE]: ports 25 and 587; takes every message and throws it away.
lab_exim()
{
	lab_unpack exim4-base exim4-daemon-heavy
	mkdir -p "$WORK/exim"
	chown $MAIL_UID "$WORK/exim"
	sed "s|WORK|$WORK|g; s|SERVER|$SERVER|g; s|ALICE|$ALICE|g; s|BOB|$BOB|g; s|UID|$MAIL_UID|g" "$MAKE/exim.conf" \
		>"$WORK/exim.conf"
	sed -i "1i ${1:-# made by lab.sh}" "$WORK/exim.conf"
	# Exim looks up the user of its package, who is not there: `ip netns exec` has a mount namespace in which he can be.
	{ cat /etc/passwd; echo "Debian-exim:x:$MAIL_UID:$MAIL_UID::/:/usr/sbin/nologin"; } >"$WORK/passwd"
	{ cat /etc/group; echo "Debian-exim:x:$MAIL_UID:"; } >"$WORK/group"
	lab_server sh -c 'mount --bind "$0/passwd" /etc/passwd && mount --bind "$0/group" /etc/group && exec "$@"' "$WORK" \
		"$UNPACKED/usr/sbin/exim4" -C "$WORK/exim.conf" -bdf -oX "$SERVER.25:$SERVER.587" >"$WORK/exim.out.log" 2>&1 &
	lab_wait 25 587
}

# lab_haproxy CONFIGURATION: on the client's side, as a machine between clients and servers. haproxy.pem is its certificate.
lab_haproxy()
{
	lab_unpack haproxy liblua5.3-0 libopentracing-c-wrapper0 libopentracing1
	cat "$WORK/cert.pem" "$WORK/key.pem" >"$WORK/haproxy.pem"
	printf '%s\n' 'defaults' '	mode tcp' '	timeout connect 5s' '	timeout client 60s' '	timeout server 60s' "$1" >"$WORK/haproxy.conf"
	lab_haproxy_start
}
lab_haproxy_start()
{
	LD_LIBRARY_PATH=$UNPACKED/usr/lib/x86_64-linux-gnu lab_client "$UNPACKED/usr/sbin/haproxy" -db -f "$WORK/haproxy.conf" \
		>"$WORK/haproxy.out.log" 2>&1 &
	HAPROXY_PID=$!
	sleep 1
}
lab_haproxy_again()
{
	kill "$HAPROXY_PID"
	wait "$HAPROXY_PID" || true
	lab_haproxy_start
}

# lab_cyrus: ports 143 and 110, users and passwords in a sasldb of its own.
lab_cyrus()
{
	lab_unpack cyrus-common cyrus-imapd cyrus-pop3d
	sed "s|WORK|$WORK|g; s|BIN|$UNPACKED/usr/lib/cyrus/bin|g" "$MAKE/cyrus-imapd.conf" >"$WORK/imapd.conf"
	sed "s|WORK|$WORK|g; s|BIN|$UNPACKED/usr/lib/cyrus/bin|g; s|SERVER|$SERVER|g" "$MAKE/cyrus.conf" >"$WORK/cyrus.conf"
	mkdir -p "$WORK/cyrus/var/"{db,proc,socket,lock,log,user,quota,mboxlist,sync,ptclient,msg} "$WORK/cyrus/spool" "$WORK/sasl"
	for user in cyrus:"$CAROL" alice:"$ALICE" bob:"$BOB"; do
		printf '%s' "${user#*:}" | saslpasswd2 -p -c -u "$NAME" -f "$WORK/sasl/db" "${user%%:*}"
	done
	chown -R nobody:nogroup "$WORK/cyrus" "$WORK/sasl"
	if [ -n "${LAB_CYRUS_TLS:-}" ]; then
		sed -i "/imap cmd/{p;s|imap cmd=\(.*\) -U|imaps cmd=\1 -s -U|;s|:143|:993|}
			/pop3 cmd/{p;s|pop3 cmd=\(.*\) -U|pop3s cmd=\1 -s -U|;s|:110|:995|}" "$WORK/cyrus.conf"
		touch "$WORK/cyrus.log"
		chmod 666 "$WORK/cyrus.log"
	fi
	lab_server env LD_LIBRARY_PATH="$UNPACKED/usr/lib/x86_64-linux-gnu" CYRUS_USER=nobody \
		${LAB_CYRUS_TLS:+LD_PRELOAD="$WORK/syslog.so" SYSLOG_FILE="$WORK/cyrus.log"} \
		"$UNPACKED/usr/lib/cyrus/bin/master" -C "$WORK/imapd.conf" -M "$WORK/cyrus.conf" -p "$WORK/cyrus.pid" \
		>"$WORK/cyrus.out.log" 2>&1 &
	lab_wait 143 110
}

# lab_cyrus_tls: … with ports 993 and 995 too, and what they say to syslog in cyrus.log.
lab_cyrus_tls()
{
	LAB_CYRUS_TLS=yes
	gcc -shared -fPIC -o "$WORK/syslog.so" "$MAKE/syslog.c" -ldl
	lab_cyrus
	lab_wait 993 995
}

# ---- TLS ---------------------------------------------------------------------------------------------------------------

# lab_pki [NAME]: an authority and a certificate of it for the server, see pki.sh.
lab_pki()
{
	pki_begin "$WORK/pki"
	SAN="DNS:$NAME,IP:$SERVER" pki_leaf good
	SAN="DNS:$NAME,IP:$SERVER" KIND=ec:prime256v1 pki_leaf good-ec
	cp "$PKI/good.pem" "$WORK/cert.pem"
	cp "$PKI/good.key" "$WORK/key.pem"
}

# lab_tls_old: servers take every suite and version that OpenSSL still has. Before they start.
lab_tls_old()
{
	cat >"$WORK/openssl.cnf" <<-CONF
	openssl_conf = init
	[init]
	ssl_conf = ssl
	[ssl]
	system_default = old
	[old]
	MinProtocol = TLSv1
	CipherString = ALL:COMPLEMENTOFALL:@SECLEVEL=0
	CONF
	chmod 644 "$WORK/openssl.cnf"
}
DOVECOT_OLD='ssl_min_protocol = TLSv1
ssl_cipher_list = ALL:COMPLEMENTOFALL:@SECLEVEL=0'

# lab_keys NAME: clients write their secrets into samples/keylog/NAME.keys (curl, client.py: SSLKEYLOGFILE; openssl: $KEYS).
lab_keys()
{
	export SSLKEYLOGFILE=${KEYLOG:-$(cd "$MAKE/.." && pwd)/keylog}/$1.keys
	KEYS=$SSLKEYLOGFILE
	mkdir -p "${KEYS%/*}"
	: >"$KEYS"
}

# lab_with_keys COMMAND…: for clients of OpenSSL that do not know SSLKEYLOGFILE.
lab_with_keys()
{
	[ -e "$WORK/keylog.so" ] || gcc -shared -fPIC -o "$WORK/keylog.so" "$MAKE/keylog.c" -lssl -ldl
	lab_client env LD_PRELOAD="$WORK/keylog.so" "$@"
}

# lab_facts_from_here: what the servers said before is of another capture.
lab_facts_from_here() { wc -l <"$WORK/dovecot.log" >"$WORK/dovecot.log.told"; }

# lab_facts NAME: what the servers say that happened, into samples/expected/NAME.json.
lab_facts()
{
	local to=${EXPECTED:-$MAKE/../expected}
	mkdir -p "$to"
	/usr/bin/python3 "$MAKE/facts.py" "$WORK" >"$to/$1.json"
}

# lab_curl VERSION SUITES URL…: by curl, in one TLS version (1.0 … 1.3) and with a list of suites of OpenSSL ("" any).
lab_curl()
{
	local version=$1 suites=$2 how=--ciphers
	shift 2
	[ "$version" = 1.3 ] && how=--tls13-ciphers || suites=${suites:-ALL}:@SECLEVEL=0
	# shellcheck disable=SC2086
	lab_client curl -s -k --connect-timeout 10 --max-time 20 --tlsv$version --tls-max $version ${suites:+$how $suites} \
		--resolve "$NAME:25:$SERVER" --resolve "$NAME:587:$SERVER" --resolve "$NAME:465:$SERVER" \
		--resolve "$NAME:143:$SERVER" --resolve "$NAME:993:$SERVER" --resolve "$NAME:110:$SERVER" \
		--resolve "$NAME:995:$SERVER" -o /dev/null "$@"
}

# lab_openssl OPTION…: the commands of standard input inside TLS.
lab_openssl()
{
	lab_client timeout 15 openssl s_client -quiet -crlf -keylogfile "$KEYS" "$@" >"$WORK/openssl.out" 2>&1 || true
}

# ---- mail --------------------------------------------------------------------------------------------------------------

# lab_attachment: a small picture (PNG, 1 pixel repeated) to send.
lab_attachment()
{
	printf 'Budget 2026;EUR\nServers;12000\nCables;300\n' >"$WORK/budget.csv"
	printf '%%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%%%EOF\n' >"$WORK/plan.pdf"
}

# lab_fill USER N: N messages in the mailbox of USER.
lab_fill()
{
	local dir=$WORK/mail/$1/Maildir i
	mkdir -p "$dir/new" "$dir/cur" "$dir/tmp"
	for i in $(seq "$2"); do
		printf '%s\r\n' "From: Bob <bob@example.test>" "To: $1@example.test" "Subject: =?utf-8?B?w5xiZXJzaWNodCA=?=$i" \
			"Date: Mon, 16 Nov 2026 10:0$((i % 10)):00 +0000" "Message-ID: <fill-$i@example.test>" 'MIME-Version: 1.0' \
			'Content-Type: text/plain; charset=utf-8' '' "Message number $i." '.a line that begins with a dot' '.' \
			"$(head -c $((i * 400)) /dev/zero | tr '\0' 'x' | fold -w 72 | sed 's/$/\r/')" \
			>"$dir/new/17633$i.M$i.lab"
	done
	chown -R $MAIL_UID:$MAIL_UID "$WORK/mail/$1"
}
