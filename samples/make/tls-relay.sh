#!/bin/bash
# Mail from server to server: Exim, which writes its secrets by GnuTLS when it may keep SSLKEYLOGFILE, hands over to Postfix on port 25.
. "$(dirname "$0")/lab.sh"
lab_begin
lab_pki
lab_keys tls-relay
lab_dovecot
lab_postfix "smtpd_tls_session_cache_database = btree:\${data_directory}/smtpd_scache"
lab_unpack exim4-base exim4-daemon-heavy
mkdir -p "$WORK/exim"
# Without its set-user-ID bit: a program that has one gets no SSLKEYLOGFILE from GnuTLS.
cp "$UNPACKED/usr/sbin/exim4" "$WORK/exim4"
chmod 755 "$WORK/exim4"
export SSLKEYLOGFILE=$WORK/exim/keys
chown -R $MAIL_UID:$MAIL_UID "$WORK/exim"
cat >"$WORK/exim.conf" <<CONF
exim_path = $WORK/exim4
deliver_drop_privilege
primary_hostname = relay.example.org
spool_directory = $WORK/exim
log_file_path = $WORK/exim/%slog
exim_user = $MAIL_UID
exim_group = $MAIL_UID
trusted_users = root
keep_environment = SSLKEYLOGFILE
host_lookup =
never_users =
begin routers
smarthost:
  driver = manualroute
  route_list = * $SERVER
  transport = out
  self = send
begin transports
out:
  driver = smtp
  hosts_require_tls = *
  tls_verify_hosts =
  tls_try_verify_hosts =
  tls_sni = $NAME
  tls_require_ciphers = \${lookup{\$sender_address_local_part}lsearch{$WORK/exim/versions}{\$value}}
  hosts_pipe_connect =
CONF
printf '%s\n' 'tls13: NORMAL' 'tls12: NORMAL:-VERS-TLS1.3' 'cbc: NORMAL:-VERS-TLS1.3:-AES-128-GCM:-AES-256-GCM:-CHACHA20-POLY1305:-AES-128-CCM:-AES-256-CCM' \
	>"$WORK/exim/versions"
{ cat /etc/passwd; echo "Debian-exim:x:$MAIL_UID:$MAIL_UID::/:/usr/sbin/nologin"; } >"$WORK/passwd"
{ cat /etc/group; echo "Debian-exim:x:$MAIL_UID:"; } >"$WORK/group"
# hand_over SENDER RECIPIENT…: one message by Exim, at once.
hand_over()
{
	local from=$1
	shift
	printf 'From: %s@example.org\nTo: bob@example.test\nMessage-ID: <%s@relay.example.org>\nSubject: from server to server\n\nHello\n.dots\n' \
		"$from" "$from" >"$WORK/message"
	# shellcheck disable=SC2016
	lab_client sh -c 'mount --bind "$0/passwd" /etc/passwd && mount --bind "$0/group" /etc/group && exec "$@"' "$WORK" \
		"$WORK/exim4" -C "$WORK/exim.conf" -odi -f "$from@example.org" "$@" <"$WORK/message" >"$WORK/exim.out.log" 2>&1
}
lab_capture tls-relay
hand_over tls13 bob@example.test alice@example.test
hand_over tls12 bob@example.test
hand_over cbc alice@example.test
sleep 1
lab_capture_end
cp "$SSLKEYLOGFILE" "$KEYS"
rm -rf "$WORK/exim" # its log tells of messages that it sent
lab_facts tls-relay
