#!/bin/bash
# haproxy before Dovecot and Postfix says whose connections it passes on (PROXY protocol, versions 1 and 2). The client's
# namespace is the proxy's machine; its clients have addresses of their own there, on the loopback interface.
. "$(dirname "$0")/lab.sh"
OUTSIDE=198.51.100.1 # RFC 5737: where haproxy listens
lab_begin
for a in $OUTSIDE/24 198.51.100.7/24 198.51.100.8/24 2001:db8::1/64 2001:db8::7/64; do
	ip -n "$NS_CLIENT" addr add "$a" dev lo
done
lab_fill alice 2
# On port 993 haproxy takes TLS off and passes on what was inside, in clear.
lab_dovecot "haproxy_trusted_networks = $CLIENT/32
service imap-login {
  inet_listener imap {
    haproxy = yes
  }
}
service pop3-login {
  inet_listener pop3 {
    haproxy = yes
  }
}"
lab_postfix 'smtpd_upstream_proxy_protocol = haproxy
inet_protocols = all'
lab_haproxy "
frontend imap
	bind $OUTSIDE:143
	bind $OUTSIDE:993 ssl crt $WORK/haproxy.pem
	default_backend imap
backend imap
	server dovecot $SERVER:143 send-proxy-v2-ssl
frontend pop3
	bind $OUTSIDE:110
	bind [2001:db8::1]:110
	default_backend pop3
backend pop3
	server dovecot $SERVER:110 send-proxy-v2
frontend submission
	bind $OUTSIDE:587
	bind [2001:db8::1]:587
	default_backend submission
backend submission
	server postfix $SERVER:587 send-proxy"
lab_capture proxy-header
lab_client curl -s --interface 198.51.100.7 "imap://$OUTSIDE/INBOX;MAILINDEX=1" --user "alice:$ALICE" -o /dev/null
lab_client curl -s -k --interface 198.51.100.8 "imaps://$OUTSIDE/" --user "bob:$BOB" -o /dev/null
lab_client curl -s --interface 198.51.100.7 "pop3://$OUTSIDE/1" --user "alice:$ALICE" -o /dev/null
lab_client curl -s --interface 2001:db8::7 "pop3://[2001:db8::1]/" --user "bob:$BOB" -o /dev/null
lab_client swaks --silent 3 --server $OUTSIDE -p 587 -li 198.51.100.7 -a PLAIN -au alice -ap "$ALICE" -f alice@example.test \
	-t bob@example.test --h-Message-Id '<through-a-proxy@example.test>' >/dev/null
lab_dialogue --bind 2001:db8::7 2001:db8::1 587 <<DIALOGUE
< 220
> EHLO [IPv6:2001:db8::7]
< 250 
> AUTH PLAIN $(printf '\0bob\0%s' "$BOB" | base64)
< 235
> MAIL FROM:<bob@example.test>
< 250
> RCPT TO:<alice@example.test>
< 250
> DATA
< 354
> Message-ID: <by-ipv6@example.test>\r\n\r\nHello\r\n.
< 250
> QUIT
< 221
DIALOGUE
# Ten of them guess for one account through the one proxy; 198.51.100.8 guesses often for another.
for i in $(seq 10); do
	ip -n "$NS_CLIENT" addr add 198.51.100.$((100 + i))/24 dev lo
	lab_client curl -s --interface 198.51.100.$((100 + i)) "imap://$OUTSIDE/" --user "carol:one-of-many-$i" -o /dev/null || true
	lab_client curl -s --interface 198.51.100.8 "imap://$OUTSIDE/" --user "alice:once-more-$i" -o /dev/null || true
done
# haproxy asks by itself whether the server lives, for nobody: LOCAL.
sed -i 's/send-proxy-v2$/& check check-send-proxy/; s/send-proxy$/& check check-send-proxy/' "$WORK/haproxy.conf"
lab_haproxy_again
sleep 1
lab_capture_end
lab_facts proxy-header
