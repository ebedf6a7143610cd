#!/bin/bash
# Submission by swaks and curl: STARTTLS on 587, TLS from the first byte on 465, in every version (Postfix).
. "$(dirname "$0")/lab.sh"
lab_begin
lab_pki
lab_tls_old
lab_attachment
lab_keys tls-submission
lab_dovecot "$DOVECOT_OLD"
lab_postfix 'smtpd_tls_protocols = >=TLSv1'
lab_capture tls-submission
lab_with_keys swaks --silent 2 --server "$SERVER" -p 587 --tls -a PLAIN -au alice -ap "$ALICE" --helo client.example.test \
	-f alice@example.test -t bob@example.test -t carol@example.test --attach @"$WORK/budget.csv" --tls-sni "$NAME"
lab_with_keys swaks --silent 2 --server "$SERVER" -p 465 --tlsc --tls-protocol tlsv1_2 -a LOGIN -au bob -ap "$BOB" \
	--helo client.example.test -f bob@example.test -t alice@example.test
lab_with_keys swaks --silent 2 --server "$SERVER" -p 587 --tls -a PLAIN -au alice -ap guess-inside-tls \
	--helo client.example.test -f alice@example.test -t bob@example.test || true
printf 'From: bob@example.test\r\nTo: alice@example.test\r\nMessage-ID: <curl@client.example.test>\r\nSubject: by curl\r\n\r\nHello\r\n' \
	>"$WORK/message"
for v in 1.0 1.1 1.2 1.3; do
	lab_curl $v "" --ssl-reqd "smtp://$NAME:587" --user "bob:$BOB" --mail-from bob@example.test \
		--mail-rcpt alice@example.test -T "$WORK/message"
done
lab_curl 1.3 "" "smtps://$NAME:465" --user "bob:$BOB" --mail-from bob@example.test --mail-rcpt alice@example.test \
	-T "$WORK/message"
lab_capture_end
sleep 1
lab_facts tls-submission
