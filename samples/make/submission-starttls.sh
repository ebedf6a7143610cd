#!/bin/bash
# Submission upgraded by STARTTLS (swaks, curl), and TLS from the first byte on port 465.
. "$(dirname "$0")/lab.sh"
lab_begin
lab_dovecot
lab_postfix
lab_capture submission-starttls
lab_client swaks --silent 2 --server "$SERVER" -p 587 --tls -a PLAIN -au alice -ap "$ALICE" --helo client.example.test \
	-f alice@example.test -t bob@example.test
printf 'From: bob@example.test\r\nTo: alice@example.test\r\nSubject: by curl\r\n\r\nHello\r\n' >"$WORK/message"
lab_client curl -s --ssl-reqd -k "smtp://$SERVER:587" --user "bob:$BOB" --mail-from bob@example.test \
	--mail-rcpt alice@example.test -T "$WORK/message"
lab_client curl -s -k "smtps://$SERVER:465" --user "bob:$BOB" --mail-from bob@example.test --mail-rcpt alice@example.test \
	-T "$WORK/message"
lab_capture_end
