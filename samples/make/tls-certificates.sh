#!/bin/bash
# Servers with something wrong about their certificates, each at an address of its own (Dovecot, curl). Writes four captures.
. "$(dirname "$0")/lab.sh"
lab_begin
pki_begin "$WORK/pki"
pki_all
cp "$PKI/good.key" "$PKI/bad-order.key"
lab_tls_old
lab_fill alice 1

DATES='good expired not-yet-valid expires-soon too-long never-ends'
KEYS_OF='sha1 md5 rsa-1024 ec-224 good-ed25519 wildcard'
CHAINS='self-signed localhost version-1 wrong-name cn-only no-intermediate bad-order'
USES='long-chain code-signing ca-as-leaf'

# Names and addresses: 192.0.2.101 …
number=100 conf=$DOVECOT_OLD all=
for c in $DATES $KEYS_OF $CHAINS $USES; do
	number=$((number + 1))
	ip -n "$NS_SERVER" addr add "192.0.2.$number/24" dev veth0
	all="$all $c=192.0.2.$number"
	conf="$conf
local 192.0.2.$number {
  ssl_cert = <$PKI/$c.pem
  ssl_key = <$PKI/$c.key
}"
done
lab_dovecot "listen = *
$conf"

# see NAME VERSION: the server that has this certificate.
see()
{
	local address=${all#* $1=} curves=
	[ "$1" = ec-224 ] && curves="--curves secp224r1:X25519"
	# shellcheck disable=SC2086
	lab_client curl -s -k --max-time 20 --tlsv1.2 --tls-max "$2" --ciphers ALL:@SECLEVEL=0 -o /dev/null $curves \
		--resolve "$NAME:993:${address%% *}" "imaps://$NAME/" --user "alice:$ALICE" || echo "$1 failed" >&2
}
capture()
{
	local name=$1 c
	shift
	lab_keys "$name"
	lab_capture "$name"
	for c in "$@"; do
		see "$c" 1.2
	done
	see "$1" 1.3
	lab_capture_end
	lab_facts "$name"
	lab_facts_from_here
}
# shellcheck disable=SC2086
{
	capture tls-certificates-dates $DATES
	capture tls-certificates-keys $KEYS_OF
	capture tls-certificates-chains $CHAINS
	capture tls-certificates-uses $USES
}
mkdir -p "$OUT/../ca"
cp "$PKI/root.crt" "$OUT/../ca/example-root.pem"
