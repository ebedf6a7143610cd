#!/bin/bash
# COMPRESS=DEFLATE (RFC 4978): the login in clear, then everything deflated.
. "$(dirname "$0")/lab.sh"
lab_begin
lab_fill alice 3
lab_dovecot 'protocol imap {
  mail_plugins = imap_zlib
}'
lab_capture imap-compress
lab_dialogue "$SERVER" 143 <<DIALOGUE
< \* OK
> a1 LOGIN alice "$ALICE"
< a1 OK
> a2 COMPRESS DEFLATE
< a2 OK
! deflate
> a3 SELECT INBOX
< a3 OK
> a4 FETCH 1:3 (UID BODY.PEEK[])
< a4 OK
> a5 APPEND INBOX {40}
< \+
> From: alice@example.test\r\nSubject: x\r\n\r\n
< a5 OK
> a6 LOGOUT
< a6 OK
DIALOGUE
lab_capture_end
