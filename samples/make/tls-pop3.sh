#!/bin/bash
# POP3 in every version of TLS, upgraded and from the first byte (Dovecot, curl, fetchmail).
. "$(dirname "$0")/lab.sh"
lab_begin
lab_pki
lab_tls_old
lab_fill alice 2
lab_keys tls-pop3
lab_dovecot "$DOVECOT_OLD"
lab_capture tls-pop3
for v in 1.0 1.1 1.2 1.3; do
	lab_curl $v "" --ssl-reqd "pop3://$NAME/1" --user "alice:$ALICE"
done
lab_curl 1.3 "" "pop3s://$NAME/2" --user "alice:$ALICE"
printf 'poll %s protocol pop3 auth password username "alice" password "%s" sslproto "auto" no sslcertck mda "/bin/true"\n' \
	"$SERVER" "$ALICE" >"$WORK/fetchmailrc"
chmod 600 "$WORK/fetchmailrc"
HOME=$WORK lab_with_keys fetchmail -f "$WORK/fetchmailrc" --nosyslog --silent --nodetach --pidfile "$WORK/fetchmail.pid" || true
lab_capture_end
lab_facts tls-pop3
