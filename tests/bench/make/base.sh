#!/bin/bash
# base.sh DIR [small] [fat] [other]: the base captures that the big ones are multiplied from, DIR/base-….pcap.
# Real servers in two network namespaces, without offloads: the packets are those of a wire. Needs root, Postfix, Dovecot,
# tcpdump, and for `other` nginx:
#   apt install postfix dovecot-imapd dovecot-pop3d nginx-light tcpdump iproute2 ethtool openssl
#
#   small  745 sessions of SMTP, POP3 and IMAP, some in TLS, messages of a few kilobytes
#   fat    75 sessions with attachments of 2 kB to 9 MB, taken from the files in /usr of this machine
#   other  HTTP, HTTPS, DNS and a VPN's UDP: what stands around mail on a link
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../../samples/make/lab.sh"
OUT=$(mkdir -p "$1" && cd "$1" && pwd)
shift
SERVER=10.10.0.1
CLIENT=10.10.0.2
CLIENT2=10.10.0.3
USERS=$(seq -f 'user%02.0f' 0 23)

# Of lab.sh, with the users of mailgen.py.
lab_users()
{
	for u in $USERS; do
		echo "$u:{PLAIN}Passw0rd-$u"
	done >"$WORK/users"
}

# Of lab.sh, with a large buffer and UDP.
lab_capture()
{
	CAPTURE=$OUT/$1.pcap
	ip netns exec "$NS_CLIENT" tcpdump -Z root -i veth0 -s 0 -B 65536 -w "$CAPTURE.new" 'tcp or udp' \
		2>"$WORK/tcpdump.log" &
	CAPTURE_PID=$!
	sleep 1
}

mail_servers()
{
	lab_dovecot 'mail_max_userip_connections = 1000
service imap-login {
  service_count = 0
}
service pop3-login {
  service_count = 0
}'
	for u in $USERS; do
		echo "$u@example.test $u/Maildir/"
	done >"$WORK/mailboxes"
	postmap "hash:$WORK/mailboxes" 2>"$WORK/postmap.log"
	lab_postfix "virtual_mailbox_maps = hash:$WORK/mailboxes
virtual_mailbox_limit = 0
mailbox_size_limit = 0
message_size_limit = 60000000
smtpd_client_connection_rate_limit = 0
smtpd_client_connection_count_limit = 0" 2>"$WORK/postfix-warnings.log"
}

other_servers()
{
	mkdir "$WORK/www"
	for kilobytes in 1 2 4 8 12 20 33 48 90 300 900 2500; do
		head -c ${kilobytes}000 /dev/urandom >"$WORK/www/f$kilobytes.bin"
	done
	sed "s|WORK|$WORK|g; s|SERVER|$SERVER|g" "$here/nginx.conf" >"$WORK/nginx.conf"
	chmod 755 "$WORK" "$WORK/www"
	lab_server nginx -c "$WORK/nginx.conf" -e "$WORK/nginx-start.log" -g 'daemon off;' >"$WORK/nginx.out.log" 2>&1 &
	lab_server /usr/bin/python3 "$here/udpsrv.py" "$SERVER" >"$WORK/udpsrv.log" 2>&1 &
	lab_wait 80 443
}

lab_begin
for last in 3 4 5 6 7 8 9; do
	ip -n "$NS_CLIENT" addr replace "10.10.0.$last/24" dev veth0
done
case " $* " in *" small "* | *" fat "*) mail_servers ;; esac
case " $* " in *" other "*) other_servers ;; esac
for what in "$@"; do
	case $what in
	small | fat)
		lab_capture "base-mail-$what"
		lab_client /usr/bin/python3 "$here/mailgen.py" "$SERVER" "$what"
		;;
	other)
		lab_capture base-other
		lab_client /usr/bin/python3 "$here/othergen.py" "$SERVER" "$WORK/www"
		;;
	esac
	lab_capture_end
	grep -h "packets" "$WORK/tcpdump.log" >&2
done
