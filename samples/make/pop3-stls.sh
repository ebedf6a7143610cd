#!/bin/bash
# POP3 upgraded by STLS (curl, fetchmail), and TLS from the first byte on port 995.
. "$(dirname "$0")/lab.sh"
lab_begin
lab_fill alice 2
lab_dovecot
lab_capture pop3-stls
lab_client curl -s -k --ssl-reqd "pop3://$SERVER/1" --user "alice:$ALICE" -o /dev/null
lab_client curl -s -k "pop3s://$SERVER/1" --user "alice:$ALICE" -o /dev/null
printf 'poll %s protocol pop3 auth password username "alice" password "%s" sslproto "auto" no sslcertck mda "/bin/true"\n' \
	"$SERVER" "$ALICE" >"$WORK/fetchmailrc"
chmod 600 "$WORK/fetchmailrc"
HOME=$WORK lab_client fetchmail -f "$WORK/fetchmailrc" --nosyslog --silent --nodetach --pidfile "$WORK/fetchmail.pid" || true
lab_capture_end
