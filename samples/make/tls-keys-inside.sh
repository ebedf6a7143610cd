#!/bin/bash
# A capture that brings its key log along: a decryption secrets block of pcapng (Postfix, Dovecot, curl, editcap).
. "$(dirname "$0")/lab.sh"
lab_begin
lab_pki
lab_fill alice 1
lab_dovecot
lab_postfix
KEYLOG=$WORK lab_keys tls-keys-inside
lab_capture tls-keys-inside
printf 'From: bob@example.test\r\nTo: alice@example.test\r\nMessage-ID: <inside@client.example.test>\r\nSubject: inside\r\n\r\nHello\r\n' \
	>"$WORK/message"
lab_curl 1.2 "" --ssl-reqd "smtp://$NAME:587" --user "bob:$BOB" --mail-from bob@example.test \
	--mail-rcpt alice@example.test -T "$WORK/message"
lab_curl 1.3 "" "smtps://$NAME:465" --user "bob:$BOB" --mail-from bob@example.test --mail-rcpt alice@example.test \
	-T "$WORK/message"
lab_curl 1.3 "" "imaps://$NAME/INBOX;MAILINDEX=1" --user "alice:$ALICE"
lab_capture_end
editcap --inject-secrets "tls,$KEYS" "$CAPTURE" "${CAPTURE%.pcap}.pcapng"
rm "$CAPTURE"
sleep 1
lab_facts tls-keys-inside
