#!/bin/bash
# Commands without waiting for replies: a whole transaction in one segment, a refused recipient among others, RSET, two mails.
. "$(dirname "$0")/lab.sh"
lab_begin
lab_dovecot
lab_postfix
lab_capture pipelining
lab_client swaks --silent 2 --server "$SERVER" -p 25 --pipeline --helo client.example.test -f stranger@example.org \
	-t alice@example.test,nobody@example.test,bob@example.test || true
lab_dialogue "$SERVER" 25 <<'DIALOGUE'
< 220
> EHLO client.example.test
< 250 
> MAIL FROM:<stranger@example.org>
> RCPT TO:<nobody@example.test>
> RCPT TO:<alice@example.test>
> DATA
< 250
< 550
< 250
< 354
> From: stranger@example.org\r\nSubject: one\r\n\r\n..a dot\r\n.
> MAIL FROM:<stranger@example.org>
> RSET
> MAIL FROM:<stranger@example.org>
> RCPT TO:<bob@example.test>
> DATA
< 250
< 250
< 250
< 250
< 250
< 354
> Subject: two\r\n\r\nsecond\r\n.
> QUIT
< 250
< 221
DIALOGUE
lab_capture_end
