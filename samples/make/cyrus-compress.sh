#!/bin/bash
# COMPRESS=DEFLATE (RFC 4978) of Cyrus: the login in clear, then everything deflated.
. "$(dirname "$0")/lab.sh"
lab_begin
lab_cyrus
lab_capture cyrus-compress
lab_dialogue "$SERVER" 143 <<DIALOGUE
< \* OK
> a1 LOGIN alice $ALICE
< a1 OK
> a2 COMPRESS DEFLATE
< a2 OK
! deflate
> a3 APPEND INBOX {58}
< \+
> From: alice@example.test\r\nSubject: deflated\r\n\r\nTo myself\r\n
< a3 OK
> a4 SELECT INBOX
< a4 OK
> a5 FETCH 1 (UID BODY[])
< a5 OK
> a6 LOGOUT
< a6 OK
DIALOGUE
lab_capture_end
