#!/bin/bash
# Handshakes that come to nothing, each with its alert (Dovecot, Postfix, curl, openssl).
. "$(dirname "$0")/lab.sh"
lab_begin
lab_pki
SUBJECT=/CN=stranger EXT=$PKI_CA KIND=ec:prime256v1 pki_issue stranger
FROM=-400 UNTIL=-10 pki_leaf expired
lab_keys tls-failed
lab_dovecot "ssl_min_protocol = TLSv1.2
ssl_cipher_list = ECDHE+AESGCM
ssl_curve_list = X25519
local $SERVER {
  protocol pop3 {
    ssl_cert = <$PKI/expired.pem
    ssl_key = <$PKI/expired.key
  }
}"
lab_postfix 'smtpd_tls_protocols = >=TLSv1.2'
lab_capture tls-failed
checked() { lab_client curl -s --max-time 10 --resolve "$NAME:993:$SERVER" --resolve "$NAME:587:$SERVER" \
	--resolve "$NAME:995:$SERVER" -o /dev/null "$@" || true; }
# The client does not know who signed: unknown_ca. In TLS 1.3 the alert is encrypted.
checked --tls-max 1.2 --cacert "$PKI/stranger.crt" "imaps://$NAME/"
checked --cacert "$PKI/stranger.crt" "imaps://$NAME/"
checked --tls-max 1.2 --cacert "$PKI/stranger.crt" --ssl-reqd "smtp://$NAME:587"
# Expired: certificate_expired.
checked --tls-max 1.2 --cacert "$PKI/root.crt" "pop3s://$NAME/"
# Too old: protocol_version. No suite in common: handshake_failure. Dovecot says nothing and closes.
lab_openssl -connect "$SERVER:465" -tls1_1 -cipher 'ALL:@SECLEVEL=0' </dev/null
lab_openssl -connect "$SERVER:465" -tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256 </dev/null
lab_openssl -connect "$SERVER:587" -starttls smtp -tls1_1 -cipher 'ALL:@SECLEVEL=0' </dev/null
lab_openssl -connect "$SERVER:993" -tls1_1 -cipher 'ALL:@SECLEVEL=0' </dev/null
lab_openssl -connect "$SERVER:993" -tls1_3 -groups P-521 </dev/null
# A client that goes away behind its hello, and one that speaks no TLS at all.
lab_client timeout 1 openssl s_client -connect "$SERVER:143" </dev/null >/dev/null 2>&1 || true
lab_dialogue "$SERVER" 993 <<DIALOGUE || true
> a1 CAPABILITY
! sleep 0.5
DIALOGUE
# Asked for again in the middle (renegotiation): refused with no_renegotiation.
(sleep 0.3; echo R; sleep 0.3; printf 'a1 LOGOUT\n'; sleep 0.3) |
	lab_client timeout 10 openssl s_client -crlf -keylogfile "$KEYS" -connect "$SERVER:993" -tls1_2 >"$WORK/openssl.out" 2>&1 || true
lab_capture_end
lab_facts tls-failed
