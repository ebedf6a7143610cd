#!/bin/bash
# TLS from the first byte on ports that nobody would take for mail, behind haproxy too: only a key log shows it
# (Dovecot, Postfix, curl, openssl, haproxy).
. "$(dirname "$0")/lab.sh"
lab_begin
lab_pki
lab_fill alice 2
lab_keys tls-odd-ports
lab_dovecot "haproxy_trusted_networks = $CLIENT/32
service imap-login {
  inet_listener imaps-odd {
    port = 40993
    ssl = yes
  }
  inet_listener imaps-behind {
    port = 8443
    ssl = yes
    haproxy = yes
  }
}
service pop3-login {
  inet_listener pop3s-odd {
    port = 10995
    ssl = yes
  }
}"
lab_postfix '' '2465      inet  n       -       n       -       -       smtpd
  -o smtpd_tls_wrappermode=yes'
lab_wait 40993 8443 10995 2465
for a in 198.51.100.1/24 198.51.100.7/24; do
	ip -n "$NS_CLIENT" addr add "$a" dev lo
done
lab_haproxy "
listen imaps
	bind 198.51.100.1:993
	server dovecot $SERVER:8443 send-proxy-v2"
lab_capture tls-odd-ports
# Everything to the odd ports, by the name of the certificate.
odd() { lab_curl "$1" "" --connect-to "$NAME:993:$NAME:40993" --connect-to "$NAME:995:$NAME:10995" --connect-to "$NAME:465:$NAME:2465" \
	--resolve "$NAME:40993:$SERVER" --resolve "$NAME:10995:$SERVER" --resolve "$NAME:2465:$SERVER" "${@:2}"; }
printf 'From: bob@example.test\r\nTo: alice@example.test\r\nMessage-ID: <odd@client.example.test>\r\nSubject: odd\r\n\r\nHello\r\n' \
	>"$WORK/message"
for v in 1.2 1.3; do
	odd $v "imaps://$NAME/INBOX;MAILINDEX=1" --user "alice:$ALICE"
	odd $v "pop3s://$NAME/1" --user "alice:$ALICE"
	odd $v "smtps://$NAME" --user "bob:$BOB" --mail-from bob@example.test --mail-rcpt alice@example.test -T "$WORK/message"
done
odd 1.3 "imaps://$NAME/" --user "bob:guess-inside-tls" || true
{ sleep 1; printf 'a1 LOGIN alice %s\na2 SELECT INBOX\na3 FETCH 1:2 BODY[]\na4 LOGOUT\n' "$ALICE"; sleep 1; } |
	lab_openssl -connect "$SERVER:40993" -tls1_3
lab_client curl -s -k --interface 198.51.100.7 "imaps://198.51.100.1/INBOX;MAILINDEX=2" --user "bob:$BOB" -o /dev/null || true
lab_client curl -s -k --interface 198.51.100.7 "imaps://198.51.100.1/INBOX;MAILINDEX=2" --user "alice:$ALICE" -o /dev/null
lab_capture_end
sleep 1
lab_facts tls-odd-ports
