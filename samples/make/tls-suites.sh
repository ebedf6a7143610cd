#!/bin/bash
# The families of suites that OpenSSL still speaks, one session each (Dovecot, curl): key exchange by RSA, DHE and ECDHE;
# CBC with both orders of MAC, GCM, CCM, ChaCha20, Camellia, ARIA, NULL. Writes four captures.
. "$(dirname "$0")/lab.sh"
lab_begin
lab_pki
lab_tls_old
lab_fill alice 1
openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe2048 -out "$WORK/dh.pem" 2>/dev/null
# The leaf alone: the captures are small then.
cp "$PKI/good.crt" "$WORK/cert.pem"
printf 'Ciphersuites = %s\n' \
	TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256 \
	>>"$WORK/openssl.cnf"
lab_dovecot "$DOVECOT_OLD
ssl_dh = <$WORK/dh.pem
ssl_alt_cert = <$PKI/good-ec.crt
ssl_alt_key = <$PKI/good-ec.key
ssl_curve_list = X25519:P-256:P-384"

fetch() { lab_curl "$@" "imaps://$NAME/INBOX;MAILINDEX=1" --user "alice:$ALICE"; }
# without OPTION VERSION SUITES: a client that does not offer that extension.
without()
{
	printf 'openssl_conf = init\n[init]\nssl_conf = ssl\n[ssl]\nsystem_default = some\n[some]\nOptions = -%s\n' "$1" \
		>"$WORK/client.cnf"
	shift
	OPENSSL_CONF=$WORK/client.cnf fetch "$@"
}

lab_keys tls-suites-rsa
lab_capture tls-suites-rsa
for suite in AES128-SHA AES256-SHA256 AES128-GCM-SHA256 AES256-CCM8 DHE-RSA-AES128-SHA DHE-RSA-AES256-GCM-SHA384 \
	DHE-RSA-AES128-CCM CAMELLIA128-SHA256; do
	fetch 1.2 $suite
done
lab_capture_end
lab_facts tls-suites-rsa
lab_facts_from_here

lab_keys tls-suites-ecdhe
lab_capture tls-suites-ecdhe
for suite in ECDHE-RSA-AES128-SHA ECDHE-RSA-AES256-SHA384 ECDHE-RSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES256-GCM-SHA384 \
	ECDHE-ECDSA-AES128-CCM ECDHE-RSA-CHACHA20-POLY1305 ECDHE-ARIA128-GCM-SHA256 ECDHE-RSA-NULL-SHA; do
	fetch 1.2 $suite
done
lab_capture_end
lab_facts tls-suites-ecdhe
lab_facts_from_here

lab_keys tls-extensions-off
lab_capture tls-extensions-off
without EncryptThenMac 1.2 ECDHE-RSA-AES128-SHA256
without EncryptThenMac 1.0 ECDHE-RSA-AES256-SHA
without ExtendedMasterSecret 1.2 ECDHE-RSA-AES256-GCM-SHA384
without ExtendedMasterSecret 1.1 AES128-SHA
lab_capture_end
lab_facts tls-extensions-off
lab_facts_from_here

lab_keys tls-suites-13
lab_capture tls-suites-13
for suite in TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256 TLS_AES_128_CCM_SHA256 \
	TLS_AES_128_CCM_8_SHA256; do
	fetch 1.3 $suite
done
# The server asks for another group: HelloRetryRequest.
fetch 1.3 TLS_AES_128_GCM_SHA256 --curves P-521:X25519
# The keys change in the middle: KeyUpdate, asked for of the server too.
(
	printf 'a1 LOGIN alice %s\n' "$ALICE"; sleep 0.4; echo K; sleep 0.4; printf 'a2 SELECT INBOX\na3 FETCH 1 BODY[]\n'; sleep 0.4
	echo k; sleep 0.4; printf 'a4 LOGOUT\n'; sleep 0.4
) | lab_client timeout 15 openssl s_client -crlf -keylogfile "$KEYS" -connect "$SERVER:993" -servername "$NAME" -tls1_3 \
	>"$WORK/openssl.out" 2>&1 || true
lab_capture_end
lab_facts tls-suites-13
