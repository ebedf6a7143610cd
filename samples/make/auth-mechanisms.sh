#!/bin/bash
# Logins by every mechanism that Dovecot has and a client speaks: all three protocols, with and without initial response.
. "$(dirname "$0")/lab.sh"
lab_begin
lab_fill alice 1
lab_dovecot 'auth_mechanisms = plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256 apop anonymous external
auth_anonymous_username = alice'
lab_postfix
lab_capture auth-mechanisms
for mechanism in PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256; do
	lab_client gsasl --quiet --no-starttls --imap --connect="$SERVER:143" -m $mechanism -a alice -z alice -p "$ALICE" \
		--service=imap --hostname=$NAME --realm= </dev/null >>"$WORK/gsasl.log" 2>&1 || true
	lab_client gsasl --quiet --no-starttls --smtp --connect="$SERVER:587" -m $mechanism -a bob -p "$BOB" --service=smtp \
		--hostname=$NAME --realm= </dev/null >>"$WORK/gsasl.log" 2>&1 || true
done
lab_client curl -s "pop3://$SERVER/" --user "carol:$CAROL" --login-options AUTH=+APOP -o /dev/null || true
lab_client curl -s "imap://$SERVER/" --user "carol:$CAROL" --login-options AUTH=CRAM-MD5 --sasl-ir -o /dev/null || true
lab_client curl -s "pop3://$SERVER/" --user "carol:$CAROL" --login-options AUTH=PLAIN --sasl-ir -o /dev/null || true
lab_dialogue "$SERVER" 110 <<DIALOGUE
< \+OK .*(<.*>)
> APOP alice \${apop $ALICE \$1}
< \+OK
> QUIT
< \+OK
DIALOGUE
lab_dialogue "$SERVER" 143 <<DIALOGUE
< \* OK
> a1 AUTHENTICATE CRAM-MD5
< \+ (.*)
> \${cram alice $ALICE \$1}
< a1 OK
> a2 LOGOUT
< a2 OK
DIALOGUE
lab_dialogue "$SERVER" 143 <<DIALOGUE
< \* OK
> a1 AUTHENTICATE XOAUTH2 \${b64 user=carol\\x01auth=Bearer\\x20$CAROL-token\\x01\\x01}
< a1 (NO|BAD)
> a2 AUTHENTICATE ANONYMOUS
< \+
> \${b64 guest@example.test}
< a2
> a3 LOGOUT
< a3 OK
DIALOGUE
lab_capture_end
