#!/bin/bash
# findings.sh PROGRAM: as root; a Postfix that relays for anybody, answers VRFY and takes mail on port 587 without a login, and a
# client that knows every end of data but the right one. What is said of them must be what the server did. Silent when all is well.
program=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../samples/make/lab.sh"

fail() { echo "live: $*" >&2; exit 1; }

# smuggle SEQUENCE, escaped for client.py: one message with another in it, in one write.
smuggle()
{
	lab_dialogue "$SERVER" 25 <<-END
		< 220
		> EHLO client.example.net
		< 250\x20
		> MAIL FROM:<stranger@example.org>
		< 250
		> RCPT TO:<alice@example.test>
		< 250
		> DATA
		< 354
		>> Subject: one\r\n\r\ntext$1MAIL FROM:<forged@example.test>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\nSubject: two\r\n\r\nforged\r\n.\r\n
		< 250
		! sleep 0.5
		> QUIT
		< 221
	END
}

# The sequences, and whether this Postfix is to take them for the end of data: what it does is counted in its queue.
sequences()
{
	smuggle '\n.\n'
	smuggle '\n.\r\n'
	smuggle '\r\n.\n'
	smuggle '\r\r\n.\r\r\n'
	smuggle '\r\n.\rx'
	smuggle '\r.\r\n'
	smuggle '\r\n\x00.\r\n'
}

questions()
{
	lab_dialogue "$SERVER" 25 <<-END
		< 220
		> EHLO client.example.net
		< 250\x20
		> VRFY alice@example.test
		< 252
		> VRFY nosuch@example.test
		< 550
		> QUIT
		< 221
	END
}

# want COUNT FINDING REASON
want()
{
	n=$(grep "\"finding\":\"$2\"" "$WORK/events" | grep "\"reason\":\"$3\"" | grep -vc '"repeat":true') || true
	[ "$n" = "$1" ] || fail "$2 $3: $n times, not $1"
}

lab_begin
OUT=$WORK
lab_postfix 'smtpd_sasl_auth_enable = no
mynetworks = 0.0.0.0/0
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination' 2>"$WORK/postmap.log"
lab_capture findings
sequences
questions
lab_client swaks --silent 3 --server "$SERVER" --from stranger@example.org --to someone@example.net
lab_client swaks --silent 3 --server "$SERVER" -p 587 --from stranger@example.org --to alice@example.test
lab_capture_end
"$program" log --types alert --local-domain example.test "$OUT/findings.pcap" >"$WORK/events"

taken=$(grep -c 'from=<forged@example.test>' "$WORK/postfix.log")
[ "$taken" = 4 ] || echo "live: this Postfix took $taken of the four sequences that 3.7 takes" >&2
want 7 smtp.smuggling command_follows
want "$taken" smtp.smuggling accepted
want 1 smtp.vrfy.enabled differs
want 0 smtp.vrfy.enumeration questions
want 1 smtp.open_relay accepted
want 1 smtp.submission_open accepted
want 0 smtp.relay_probe relay_denied
