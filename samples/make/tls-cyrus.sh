#!/bin/bash
# Cyrus: IMAP and POP3 upgraded and from the first byte, and COMPRESS inside TLS (curl, client.py).
. "$(dirname "$0")/lab.sh"
lab_begin
lab_pki
lab_keys tls-cyrus
lab_cyrus_tls
lab_dialogue "$SERVER" 143 <<DIALOGUE
< \* OK
> a1 LOGIN alice $ALICE
< a1 OK
> a2 APPEND INBOX {56}
< \+
> From: alice@example.test\r\nSubject: in Cyrus\r\n\r\nTo myself
< a2 OK
> a3 LOGOUT
< a3 OK
DIALOGUE
sleep 0.5
: >"$WORK/cyrus.log"
lab_capture tls-cyrus
lab_curl 1.2 "" --ssl-reqd "imap://$NAME/INBOX;MAILINDEX=1" --user "alice:$ALICE" --login-options AUTH=PLAIN
lab_curl 1.3 "" "imaps://$NAME/INBOX;MAILINDEX=1" --user "alice:$ALICE" --login-options AUTH=PLAIN
lab_curl 1.2 "" --ssl-reqd "pop3://$NAME/1" --user "alice:$ALICE"
lab_dialogue "$SERVER" 143 <<DIALOGUE
< \* OK
> a1 STARTTLS
< a1 OK
! tls
> a2 LOGIN alice $ALICE
< a2 OK
> a3 COMPRESS DEFLATE
< a3 OK
! deflate
> a4 SELECT INBOX
< a4 OK
> a5 FETCH 1 BODY[]
< a5 OK
> a6 LOGOUT
< a6 OK
DIALOGUE
lab_capture_end
cat "$WORK/cyrus.log" >&2
lab_facts tls-cyrus
