#!/bin/bash
# Wrong passwords in all three protocols; twelve guesses for one account, and then the right password.
. "$(dirname "$0")/lab.sh"
lab_begin
lab_dovecot
lab_postfix
lab_capture refused-logins
lab_client curl -s "imap://$SERVER/" --user 'bob:guess-by-imap' -o /dev/null || true
lab_client curl -s "pop3://$SERVER/" --user 'bob:guess-by-pop3' -o /dev/null || true
lab_client swaks --silent 3 --server "$SERVER" -p 587 -a LOGIN -au bob -ap 'guess-by-smtp' -q AUTH >/dev/null || true
for i in $(seq 12); do
	lab_dialogue --bind "$CLIENT2" "$SERVER" 110 <<DIALOGUE
< \+OK
> USER alice
< \+OK
> PASS guess-number-$i
< -ERR
> QUIT
< \+OK
DIALOGUE
done
lab_dialogue --bind "$CLIENT2" "$SERVER" 110 <<DIALOGUE
< \+OK
> USER alice
< \+OK
> PASS $ALICE
< \+OK
> QUIT
< \+OK
DIALOGUE
lab_capture_end
