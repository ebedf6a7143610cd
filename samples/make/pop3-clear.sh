#!/bin/bash
# POP3 in clear: curl, fetchmail and a dialogue with USER/PASS, AUTH PLAIN, TOP, UIDL, RETR, DELE, and pipelined commands.
. "$(dirname "$0")/lab.sh"
lab_begin
lab_fill alice 4
lab_fill bob 2
lab_dovecot
lab_capture pop3-clear
lab_client curl -s "pop3://$SERVER/1" --user "alice:$ALICE" -o /dev/null
lab_client curl -s "pop3://$SERVER/" --user "alice:$ALICE" --login-options AUTH=PLAIN -o /dev/null
printf 'poll %s protocol pop3 auth password username "bob" password "%s" sslproto "" mda "/bin/true"\n' "$SERVER" "$BOB" \
	>"$WORK/fetchmailrc"
chmod 600 "$WORK/fetchmailrc"
HOME=$WORK lab_client fetchmail -f "$WORK/fetchmailrc" --nosyslog --silent --nodetach --pidfile "$WORK/fetchmail.pid" || true
lab_dialogue "$SERVER" 110 <<DIALOGUE
< \+OK
> CAPA
< \.
> USER alice
< \+OK
> PASS $ALICE
< \+OK
> STAT
> LIST
> UIDL
> TOP 2 1
> RETR 3
> DELE 4
> NOOP
< \+OK
< \.
< \.
< \.
< \.
< \+OK
< \+OK
> RSET
< \+OK
> QUIT
< \+OK
DIALOGUE
lab_capture_end
