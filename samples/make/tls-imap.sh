#!/bin/bash
# IMAP in every version of TLS, upgraded and from the first byte (Dovecot, curl).
. "$(dirname "$0")/lab.sh"
lab_begin
lab_pki
lab_tls_old
lab_fill alice 1
lab_keys tls-imap
lab_dovecot "$DOVECOT_OLD"
lab_capture tls-imap
for v in 1.0 1.1 1.2 1.3; do
	lab_curl $v "" --ssl-reqd "imap://$NAME/INBOX;MAILINDEX=1" --user "alice:$ALICE"
done
lab_curl 1.2 "" "imaps://$NAME/INBOX;MAILINDEX=1" --user "alice:$ALICE"
lab_curl 1.3 "" "imaps://$NAME/" --user "bob:guess-inside-tls" || true
lab_capture_end
lab_facts tls-imap
