#!/bin/bash
# Exim, which speaks TLS by GnuTLS: swaks, curl and gnutls-cli, and the old suites that GnuTLS still has (3DES, RC4, NULL).
. "$(dirname "$0")/lab.sh"
lab_begin
lab_pki
lab_unpack gnutls-bin
lab_keys tls-exim
lab_exim 'tls_require_ciphers = NORMAL:+VERS-TLS1.0:+VERS-TLS1.1:+3DES-CBC:+ARCFOUR-128:+NULL:+SHA1:+MD5:+RSA:%COMPAT'
lab_capture tls-exim
lab_with_keys swaks --silent 2 --server "$SERVER" -p 587 --tls -a PLAIN -au alice -ap "$ALICE" --helo client.example.test \
	-f alice@example.test -t bob@example.test
printf 'From: bob@example.test\r\nTo: alice@example.test\r\nMessage-ID: <curl@client.example.test>\r\nSubject: by curl\r\n\r\nHello\r\n' \
	>"$WORK/message"
lab_curl 1.2 "" --ssl-reqd "smtp://$NAME:587" --user "bob:$BOB" --login-options AUTH=PLAIN --mail-from bob@example.test \
	--mail-rcpt alice@example.test -T "$WORK/message"
# old PRIORITY
old()
{
	(
		sleep 0.3
		printf 'EHLO client.example.test\r\n'; sleep 0.2
		printf 'AUTH PLAIN %s\r\n' "$(printf '\0alice\0%s' "$ALICE" | base64)"; sleep 0.2
		printf 'MAIL FROM:<alice@example.test>\r\n'; sleep 0.1
		printf 'RCPT TO:<bob@example.test>\r\n'; sleep 0.1
		printf 'DATA\r\n'; sleep 0.1
		printf 'Message-ID: <%s@client.example.test>\r\nSubject: old\r\n\r\nHello\r\n.\r\n' "$2"; sleep 0.2
		printf 'QUIT\r\n'; sleep 0.2
	) | lab_client timeout 10 "$UNPACKED/usr/bin/gnutls-cli" --insecure --no-ca-verification --starttls-proto=smtp \
		--sni-hostname "$NAME" --priority "NONE:+VERS-TLS1.2:+VERS-TLS1.1:+VERS-TLS1.0:+COMP-NULL:+SIGN-ALL:+CTYPE-X509:+GROUP-ALL:$1" \
		-p 587 "$SERVER" >"$WORK/gnutls.log" 2>&1 || true
}
old +3DES-CBC:+SHA1:+RSA 3des
old +ARCFOUR-128:+SHA1:+ECDHE-RSA rc4
old +NULL:+SHA1:+RSA null
old +AES-128-CCM:+AEAD:+RSA ccm
lab_capture_end
lab_facts tls-exim
