#!/bin/bash
# BDAT at Postfix: one chunk, several, an empty last one, pipelined, a second transaction, a wrong size.
. "$(dirname "$0")/lab.sh"
lab_begin
lab_dovecot
lab_postfix
lab_capture bdat
lab_dialogue "$SERVER" 25 <<'DIALOGUE'
< 220
> EHLO client.example.test
< 250 
> MAIL FROM:<stranger@example.org> BODY=8BITMIME
> RCPT TO:<alice@example.test>
> RCPT TO:<bob@example.test>
> BDAT 47
>> From: stranger@example.org\r\nSubject: chunks\r\n\r\n
> BDAT 5
>> .\r\n\r\n
> BDAT 11 LAST
>> Gr\xc3\xbc\xc3\x9fe\r\n\r\n
< 250
< 250
< 250
< 250
< 250
< 250
> RSET
< 250
> MAIL FROM:<stranger@example.org>
< 250
> RCPT TO:<alice@example.test>
< 250
> BDAT 46
>> From: stranger@example.org\r\nSubject: empty\r\n\r\n
< 250
> BDAT 0 LAST
< 250
> BDAT x
< 521
DIALOGUE
lab_capture_end
