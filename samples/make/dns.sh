#!/bin/bash
# What DNS says of mail, and the mail that follows from it: unbound validates a signed zone on the client's own host, dig asks
# for the policies of a domain, and Postfix as sending MTA finds the exchange, its TLSA record, and delivers over STARTTLS
# without SNI. Taken on all interfaces of the client, loopback included.
. "$(dirname "$0")/lab.sh"
lab_begin
lab_dovecot
lab_postfix 'smtpd_tls_protocols = >=TLSv1.2, <=TLSv1.2'

zone() # the zone of example.test, signed with a key of this run
{
	local tlsa
	tlsa=$(openssl x509 -in "$WORK/cert.pem" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1)
	sed "s|SERVER|$SERVER|; s|TLSA_DATA|$tlsa|" "$MAKE/dns.zone" >"$WORK/zone"
	(cd "$WORK" && key=$(ldns-keygen -a ECDSAP256SHA256 -k example.test) && ldns-signzone -n zone "$key" -f zone.signed &&
		cp "$key.ds" trust.ds)
}

resolver() # on the client's loopback
{
	sed "s|WORK|$WORK|g" "$MAKE/dns-unbound.conf" >"$WORK/unbound.conf"
	lab_client unbound -d -c "$WORK/unbound.conf" >"$WORK/unbound.out.log" 2>&1 &
	for _ in $(seq 50); do
		lab_dig +short example.test SOA | grep -q . && return
		sleep 0.1
	done
	echo "unbound does not answer" >&2
	return 1
}
lab_dig() { lab_client dig @127.0.0.1 +tries=1 "$@"; }

# A second Postfix, which only sends: `ip netns exec` gives it the resolver of the client.
sender()
{
	mkdir -p "$WORK/sender/etc" "$WORK/sender/queue" "$WORK/sender/data" "/etc/netns/$NS_CLIENT"
	ENDERS="sender_end $ENDERS"
	printf 'nameserver 127.0.0.1\noptions edns0 trust-ad\n' >"/etc/netns/$NS_CLIENT/resolv.conf"
	chown postfix "$WORK/sender/data"
	sed "s|WORK|$WORK|g" "$MAKE/dns-sender.cf" >"$WORK/sender/etc/main.cf"
	grep -v 'smtpd\|wrappermode' "$MAKE/postfix-master.cf" >"$WORK/sender/etc/master.cf"
	printf 'smtp unix - - n - - smtp\nshowq unix n - n - - showq\n' >>"$WORK/sender/etc/master.cf"
	lab_client postfix -c "$WORK/sender/etc" start >"$WORK/sender.out.log" 2>&1
}
sender_end()
{
	lab_client postfix -c "$WORK/sender/etc" abort
	rm -rf "/etc/netns/$NS_CLIENT"
}

# send LEVEL MESSAGE-ID: one message at this smtp_tls_security_level.
send()
{
	lab_client postconf -c "$WORK/sender/etc" "smtp_tls_security_level = $1"
	lab_client postfix -c "$WORK/sender/etc" reload >>"$WORK/sender.out.log" 2>&1
	printf 'From: eve@sender.example\nTo: alice@example.test\nMessage-ID: <%s@sender.example>\nSubject: by DNS\n\nHello\n' "$2" |
		lab_client sendmail -C "$WORK/sender/etc" -f eve@sender.example alice@example.test
	for _ in $(seq 100); do
		grep -q "$2" "$WORK/sender.log" && ! lab_client postqueue -c "$WORK/sender/etc" -j 2>&1 | grep -q . && return
		sleep 0.2
	done
	echo "$2 was not delivered" >&2
	return 1
}

zone >"$WORK/zone.log" 2>&1
resolver
sender
CAPTURE_IF=any CAPTURE_WHAT='(tcp and not host 127.0.0.1) or (port 53 and inbound)' lab_capture dns
for question in 'example.test TXT' 'alias.example.test A' 'mail.example.test AAAA' '_dmarc.example.test TXT' \
	'selector._domainkey.example.test TXT' '_mta-sts.example.test TXT' '_smtp._tls.example.test TXT' \
	'nothing.example.test A' 'example.test TLSA' '20.2.0.192.in-addr.arpa PTR'; do
	# shellcheck disable=SC2086
	lab_dig $question >/dev/null
done
lab_dig +dnssec example.test MX >/dev/null
lab_dig +bufsize=512 +ignore long.example.test TXT >/dev/null # cut …
lab_dig +tcp long.example.test TXT mail.example.test A >/dev/null # … and whole
send none clear-text
send dane by-dane
send may opportunistic # without SNI, although TLSA is there
# A name of another host, which shows the same certificate; TLS without SNI.
ip -n "$NS_SERVER" addr add 192.0.2.21/24 dev veth0
lab_server openssl s_server -quiet -accept 192.0.2.21:993 -cert "$WORK/cert.pem" -key "$WORK/key.pem" >/dev/null 2>&1 &
lab_wait 993
lab_dig +short other.example A >/dev/null
lab_client timeout 5 openssl s_client -quiet -tls1_2 -noservername -connect 192.0.2.21:993 </dev/null >/dev/null 2>&1 || true
lab_capture_end
