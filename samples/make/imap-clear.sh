#!/bin/bash
# IMAP in clear: curl, mutt, and a dialogue with LOGIN by literals, FETCH of whole messages and parts, APPEND, SEARCH, MOVE.
. "$(dirname "$0")/lab.sh"
lab_begin
lab_fill alice 3
lab_dovecot
lab_capture imap-clear
lab_client curl -s "imap://$SERVER/INBOX;MAILINDEX=1" --user "alice:$ALICE" -o /dev/null
lab_client curl -s "imap://$SERVER/" --user "alice:$ALICE" --login-options AUTH=PLAIN -X 'STATUS INBOX (MESSAGES UIDNEXT)' -o /dev/null
printf '%s\n' 'set imap_user=alice' "set imap_pass=\"$ALICE\"" "set folder=imap://$SERVER/" 'set spoolfile=+INBOX' \
	'set ssl_starttls=no' 'set ssl_force_tls=no' 'set imap_authenticators="login"' 'set mail_check=600' 'unset imap_idle' \
	'set header_cache=' 'set wait_key=no' >"$WORK/muttrc"
# mutt wants a terminal: script(1) is one. It opens the mailbox, reads the first message and leaves.
HOME=$WORK TERM=vt100 lab_client timeout 20 script -qec \
	"mutt -n -F $WORK/muttrc -f imap://$SERVER/INBOX -e 'push <first-entry><display-message><exit><exit>'" /dev/null \
	</dev/null >"$WORK/mutt.log" 2>&1 || true
lab_dialogue "$SERVER" 143 <<DIALOGUE
< \* OK
> a1 LOGIN {5}
< \+
> alice {${#ALICE}}
< \+
> $ALICE
< a1 OK
> a2 SELECT INBOX
> a3 FETCH 1:3 (FLAGS UID BODY.PEEK[])
> a4 FETCH 2 (BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)] BODY.PEEK[TEXT]<0.100>)
< a4 OK
> a5 CREATE "Entw&APw-rfe"
< a5 OK
> a6 APPEND "Entw&APw-rfe" (\\\\Draft) {60+}
> From: alice@example.test\r\nSubject: draft\r\n\r\nNot finished yet
< a6 OK
> a7 UID SEARCH SUBJECT bersicht
> a8 MOVE 3 Trash
> a9 STORE 1 +FLAGS (\\\\Seen \\\\Deleted)
> a10 EXPUNGE
< a10 OK
> a11 LOGOUT
< a11 OK
DIALOGUE
lab_capture_end
