#!/bin/bash
# IDLE: one client waits, a message comes by SMTP, the client is told, fetches it and deletes it.
. "$(dirname "$0")/lab.sh"
lab_begin
lab_fill alice 1
lab_dovecot
lab_postfix
lab_capture imap-idle
(
	sleep 2
	lab_client swaks --silent 2 --server "$SERVER" -p 25 --helo client.example.test -f stranger@example.org \
		-t alice@example.test --h-Subject 'while you wait' || true
) &
sender=$!
lab_dialogue "$SERVER" 143 <<DIALOGUE
< \* OK
> a1 AUTHENTICATE PLAIN \${b64 \\0alice\\0$ALICE}
< a1 OK
> a2 SELECT INBOX
< a2 OK
> a3 IDLE
< \+
< \* \d+ EXISTS
> DONE
< a3 OK
> a4 FETCH 2 (UID BODY[])
< a4 OK
> a5 STORE 2 +FLAGS (\\\\Deleted)
> a6 EXPUNGE
> a7 ID ("name" "lab" "version" "1")
< a7 OK
> a8 LOGOUT
< a8 OK
DIALOGUE
wait $sender || true
lab_capture_end
