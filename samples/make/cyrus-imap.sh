#!/bin/bash
# Cyrus IMAP and POP3: another server's words for the same; a mailbox made, a message appended, fetched, searched, COMPRESS.
. "$(dirname "$0")/lab.sh"
lab_begin
lab_cyrus
lab_capture cyrus-imap
lab_dialogue "$SERVER" 143 <<DIALOGUE
< \* OK
> a1 CAPABILITY
< a1 OK
> a2 LOGIN alice $ALICE
< a2 
> a3 LIST "" "*"
> a4 APPEND INBOX {56}
< a3 OK
< \+
> From: alice@example.test\r\nSubject: in Cyrus\r\n\r\nTo myself
< a4 OK
> a5 SELECT INBOX
> a6 FETCH 1 (UID ENVELOPE BODY[])
< a6 OK
> a7 SEARCH SUBJECT Cyrus
> a8 GETQUOTAROOT INBOX
> a9 NAMESPACE
< a9 OK
> a10 LOGOUT
< a10 OK
DIALOGUE
lab_client curl -s "pop3://$SERVER/1" --user "alice:$ALICE" -o /dev/null || true
lab_client curl -s "imap://$SERVER/INBOX;MAILINDEX=1" --user "alice:$ALICE" --login-options AUTH=CRAM-MD5 -o /dev/null || true
lab_client curl -s "imap://$SERVER/" --user "bob:guess-at-cyrus" -o /dev/null || true
lab_capture_end
