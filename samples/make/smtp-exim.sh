#!/bin/bash
# Exim: logins in clear by three mechanisms, BDAT, STARTTLS, VRFY, an unknown recipient.
. "$(dirname "$0")/lab.sh"
lab_begin
lab_attachment
lab_exim
send() { lab_client swaks --silent 2 --server "$SERVER" -p 587 --helo client.example.test -f alice@example.test "$@" || true; }
lab_capture smtp-exim
send -a CRAM-MD5 -au alice -ap "$ALICE" -t bob@example.test --attach @"$WORK/budget.csv"
send -a LOGIN -au bob -ap "$BOB" -t alice@example.test -t nobody@example.test
send -a PLAIN -au alice -ap "$ALICE" -t far@example.net --pipeline
send --tls -a PLAIN -au alice -ap "$ALICE" -t bob@example.test
lab_dialogue "$SERVER" 25 <<'DIALOGUE'
< 220
> EHLO client.example.test
< 250 
> VRFY alice@example.test
< [25]
> MAIL FROM:<stranger@example.org>
> RCPT TO:<alice@example.test>
> BDAT 63
>> From: stranger@example.org\r\nSubject: in two chunks\r\n\r\nThe first
> BDAT 21 LAST
>>  and the second one\r\n
< 250 .*
< 250 .*
< 250 .*
< 250 .*
> QUIT
< 221
DIALOGUE
lab_capture_end
