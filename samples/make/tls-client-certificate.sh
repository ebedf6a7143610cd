#!/bin/bash
# Clients that show a certificate: to be seen in TLS 1.2, hidden in TLS 1.3; one that is asked for and has none (Dovecot, curl).
. "$(dirname "$0")/lab.sh"
lab_begin
lab_pki
lab_fill alice 1
EXT="extendedKeyUsage=clientAuth\n$PKI_KEYS\nsubjectAltName=email:alice@example.test" \
	SUBJECT="/O=Example/CN=Alice/emailAddress=alice@example.test" KIND=ec:prime256v1 pki_leaf client
lab_keys tls-client-certificate
lab_dovecot "ssl_verify_client_cert = yes
ssl_ca = <$PKI/root.crt
ssl_require_crl = no"
lab_capture tls-client-certificate
for v in 1.2 1.3; do
	lab_curl $v "" "imaps://$NAME/INBOX;MAILINDEX=1" --user "alice:$ALICE" --cert "$PKI/client.pem" --key "$PKI/client.key"
done
lab_curl 1.2 "" "imaps://$NAME/INBOX;MAILINDEX=1" --user "alice:$ALICE"
lab_capture_end
lab_facts tls-client-certificate
