#!/bin/bash
# check.sh PROGRAM: as root; Postfix and Dovecot in two network namespaces, a capture that runs beside them. A login must be
# in the output within two seconds, while the capture goes on; SIGINT ends it with its results. Silent when all is well.
program=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../samples/make/lab.sh"

fail() { echo "live: $*" >&2; exit 1; }

# No function in the background: its shell would take the SIGINT, and ignore it. The socket is there as soon as the capture
# has begun: /proc/net/packet then has a line below its heading.
begin_log()
{
	ip netns exec "$NS_SERVER" "$program" log -i any >"$WORK/events" 2>"$WORK/program.log" &
	PROGRAM=$!
	for _ in $(seq 50); do
		[ "$(lab_server cat /proc/net/packet | wc -l)" -gt 1 ] && return
		sleep 0.1
	done
	fail "the capture does not begin"
}

# want_login PROTOCOL USER
want_login()
{
	for _ in $(seq 20); do
		kill -0 "$PROGRAM" 2>/dev/null || fail "the capture ended early"
		grep '"event_type":"login"' "$WORK/events" | grep "\"app_proto\":\"$1\"" | grep -q "\"user\":\"$2\"" && return
		sleep 0.1
	done
	fail "no $1 login of $2 within two seconds"
}

# want_end SECONDS: a capture that does not end is killed and counts as a failure.
want_end()
{
	for _ in $(seq $(($1 * 10))); do
		kill -0 "$PROGRAM" 2>/dev/null || break
		sleep 0.1
	done
	kill -KILL "$PROGRAM" 2>/dev/null && fail "still running $1 s after SIGINT"
	rc=0
	wait "$PROGRAM" || rc=$?
	[ $rc = 0 ] || fail "exit status $rc after SIGINT"
}

no_secrets()
{
	for s in "$ALICE" "$BOB"; do
		for form in "$s" "$(printf %s "$s" | base64)"; do
			! grep -qF -e "$form" "$WORK/events" "$WORK/program.log" || fail "a password in the output"
		done
	done
	! grep -qF -e "$(printf '\0bob\0%s' "$BOB" | base64)" "$WORK/events" || fail "AUTH PLAIN in the output"
}

lab_begin
lab_dovecot
lab_postfix
begin_log
lab_client curl -s -m 10 "imap://$SERVER/" --user "alice:$ALICE" -o /dev/null
want_login imap alice
lab_client swaks --silent 3 --server "$SERVER" -p 587 -a PLAIN -au bob -ap "$BOB" -q AUTH >/dev/null
want_login smtp bob
kill -INT "$PROGRAM"
want_end 5
for type in flow stats; do
	grep -q "\"event_type\":\"$type\"" "$WORK/events" || fail "no $type event"
done
no_secrets
rc=0
lab_server timeout 10 "$program" log -i nosuchif >/dev/null 2>&1 || rc=$?
[ $rc = 3 ] || fail "exit status $rc for an interface that is not there, not 3"
