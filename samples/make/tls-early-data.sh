#!/bin/bash
# 0-RTT: openssl s_client sends its first commands with the hello of a resumed session (RFC 8446 2.3), and openssl s_server
# takes them. What s_server says that it read is the log.
. "$(dirname "$0")/lab.sh"
lab_begin
lab_pki
lab_keys tls-early-data
printf 'a1 LOGIN alice %s\r\n' "$ALICE" >"$WORK/early"
# serve OPTION…: an IMAP server of a few words on port 993, for two connections.
serve()
{
	: >"$WORK/said"
	mkfifo "$WORK/words"
	lab_server openssl s_server -quiet -accept 993 -naccept 2 -tls1_3 -cert "$WORK/cert.pem" -key "$WORK/key.pem" "$@" \
		<"$WORK/words" >>"$WORK/said" 2>/dev/null &
	exec 7>"$WORK/words"
	rm "$WORK/words"
	lab_wait 993
}
# heard WORD N: until s_server has read it N times.
heard()
{
	for _ in $(seq 50); do
		[ "$(grep -c "$1" "$WORK/said")" -ge "$2" ] && return
		sleep 0.1
	done
}
# talk PORT N OPTION…: a dialogue, the N-th with this server.
talk()
{
	local port=$1 n=$2
	shift 2
	{
		sleep 0.7
		printf '* OK ready\r\n' >&7
		case "$*" in *early_data*) ;; *) printf 'a1 LOGIN alice %s\r\n' "$ALICE" ;; esac
		heard 'a1 LOGIN' "$n"
		printf 'a1 OK LOGIN done\r\n' >&7
		sleep 0.2
		printf 'a2 LOGOUT\r\n'
		heard 'a2 LOGOUT' "$n"
		printf '* BYE\r\na2 OK done\r\n' >&7
		sleep 0.3
	} | lab_client timeout 15 openssl s_client -quiet -no_ign_eof -bind "$CLIENT:$port" -connect "$SERVER:993" -tls1_3 -keylogfile "$KEYS" "$@" \
		>/dev/null 2>&1 || true
}
# fact PORT SUITE: a login that s_server read; PLAIN is what Dovecot's log calls the command LOGIN.
fact() { printf '{"port": %s, "service": "imap", "user": "alice", "mechanism": "PLAIN", "result": "accepted", "tls": "TLS 1.3", "cipher": "%s"}' "$@"; }
lab_capture tls-early-data
serve -early_data -ciphersuites TLS_AES_128_GCM_SHA256
talk 40001 1 -sess_out "$WORK/session"
talk 40002 2 -sess_in "$WORK/session" -early_data "$WORK/early"
exec 7>&-
sleep 0.5
lab_capture_end
[ "$(grep -c 'a1 LOGIN' "$WORK/said")" = 2 ]
printf '{"fetched": [], "logins": [%s, %s], "messages": []}\n' "$(fact 40001 TLS_AES_128_GCM_SHA256)" "$(fact 40002 TLS_AES_128_GCM_SHA256)" \
	>"${EXPECTED:-$MAKE/../expected}/tls-early-data.json"
