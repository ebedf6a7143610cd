#!/bin/bash
# Sessions resumed: by ticket and by session id in TLS 1.2, by PSK in TLS 1.3 (Dovecot, Postfix, openssl s_client).
. "$(dirname "$0")/lab.sh"
lab_begin
lab_pki
lab_fill alice 1
lab_keys tls-resumption
lab_dovecot 'service imap-login {
  service_count = 0
  process_limit = 1
}'
lab_postfix 'smtpd_tls_session_cache_database = btree:$data_directory/sessions'
lab_capture tls-resumption
imap()
{
	printf 'a1 LOGIN alice %s\na2 SELECT INBOX\na3 FETCH 1 BODY[HEADER]\na4 LOGOUT\n' "$ALICE" |
		lab_openssl -connect "$SERVER:993" -servername "$NAME" "$@"
}
smtp() { printf 'EHLO client.example.test\nQUIT\n' | lab_openssl -connect "$SERVER:465" -servername "$NAME" "$@"; }
imap -tls1_2 -sess_out "$WORK/ticket"
imap -tls1_2 -sess_in "$WORK/ticket"
smtp -tls1_2 -no_ticket -sess_out "$WORK/id"
smtp -tls1_2 -no_ticket -sess_in "$WORK/id"
imap -tls1_3 -sess_out "$WORK/psk"
imap -tls1_3 -sess_in "$WORK/psk"
smtp -tls1_3 -sess_out "$WORK/psk2"
smtp -tls1_3 -sess_in "$WORK/psk2"
lab_capture_end
lab_facts tls-resumption
