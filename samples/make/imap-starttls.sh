#!/bin/bash
# IMAP upgraded by STARTTLS (curl, openssl), TLS from the first byte on port 993, and a login before STARTTLS.
. "$(dirname "$0")/lab.sh"
lab_begin
lab_fill alice 2
lab_dovecot
lab_capture imap-starttls
lab_client curl -s -k --ssl-reqd "imap://$SERVER/INBOX;MAILINDEX=1" --user "alice:$ALICE" -o /dev/null
lab_client curl -s -k "imaps://$SERVER/INBOX;MAILINDEX=2" --user "alice:$ALICE" -o /dev/null
(sleep 1; printf 'a1 LOGOUT\r\n'; sleep 1) | lab_client openssl s_client -quiet -starttls imap -connect "$SERVER:143" \
	>/dev/null 2>&1 || true
lab_dialogue "$SERVER" 143 <<DIALOGUE
< \* OK
> a1 LOGIN bob guess-before-tls
< a1 NO
> a2 STARTTLS
< a2 OK
! tls
> a3 LOGIN alice $ALICE
< a3 OK
> a4 LOGOUT
< a4 OK
DIALOGUE
lab_capture_end
