#!/bin/bash
# check.sh PROGRAM: as root; Postfix and Dovecot in two network namespaces, a capture that runs beside them: of all interfaces,
# and of one through several sockets. A login must be in the output within two seconds, while the capture goes on; SIGINT ends
# it with its results; what was dropped is said, and so is an interface that goes down. Silent when all is well.
program=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../samples/make/lab.sh"

fail() { echo "live: $*" >&2; exit 1; }

# No function in the background: its shell would take the SIGINT, and ignore it. With -v the program says how packets come, as
# soon as all its sockets are open: a socket alone, before the others of its group are there, is no capture yet.
begin_log()
{
	: >"$WORK/program.log"
	ip netns exec "$NS_SERVER" "$program" log -v "$@" >"${OUTPUT:-$WORK/events}" 2>"$WORK/program.log" &
	PROGRAM=$!
	for _ in $(seq 50); do
		grep -q "time stamps: " "$WORK/program.log" && return
		sleep 0.1
	done
	fail "the capture does not begin: $(cat "$WORK/program.log")"
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

want_said()
{
	for _ in $(seq 20); do
		grep -q "$1" "$WORK/program.log" && return
		sleep 0.1
	done
	fail "\"$1\" is not said on standard error: $(cat "$WORK/program.log")"
}

# last_stat KEY: as the last stats event has it.
last_stat()
{
	grep '"event_type":"stats"' "$WORK/events" | tail -n 1 | grep -o "\"$1\":[0-9]*" | head -n 1 | cut -d: -f2
}

two_logins()
{
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
	[ "$(last_stat gaps)" = 0 ] || fail "gaps in a capture that dropped nothing"
	want_said "packets taken, 0 dropped by the kernel, 0 by the interface"
}

# The program is stopped while more than its ring holds comes in: the kernel drops, and all say so. By multicast, because
# nobody answers that.
many_packets()
{
	begin_log -i veth0 --buffer 1M
	kill -STOP "$PROGRAM"
	lab_client bash -c 'exec dd if=/dev/zero bs=1400 count=3000 status=none >/dev/udp/224.0.0.99/9'
	kill -CONT "$PROGRAM"
	sleep 0.5
	kill -INT "$PROGRAM"
	want_end 5
	[ "$(last_stat kernel_drops)" -gt 0 ] || fail "no kernel drops in the stats event"
	want_said "warning: veth0: [0-9]* packets taken, $(last_stat kernel_drops) dropped by the kernel"
	grep -q '"reason":"kernel_drops"' "$WORK/events" || fail "no capture.gap of the kernel's drops"
}

# Nobody reads the output for a while: the packets do not wait for it. Those that are left out are counted as such; the kernel
# drops none.
slow_output()
{
	mkfifo "$WORK/slow"
	{ while [ ! -e "$WORK/read" ]; do sleep 0.1; done; exec cat; } <"$WORK/slow" >"$WORK/events" &
	reader=$!
	OUTPUT=$WORK/slow begin_log -i veth0 -j 2 --buffer 1M --set workers.live_queue_bytes=256k
	lab_client bash -c 'for _ in $(seq 800); do
		exec 3<>"/dev/tcp/$0/143" && echo "a LOGOUT" >&3 && cat <&3 >/dev/null; done' "$SERVER"
	lab_client bash -c 'for _ in $(seq 20); do dd if=/dev/zero bs=1400 count=300 status=none >/dev/udp/224.0.0.99/9; sleep 0.05; done'
	touch "$WORK/read"
	sleep 0.5
	kill -INT "$PROGRAM"
	want_end 5
	wait "$reader"
	[ "$(last_stat program_drops)" -gt 6000 ] || fail "no packets left out while nobody read the output"
	[ "$(last_stat kernel_drops)" = 0 ] || fail "packets waited for the output, and the kernel dropped some"
	want_said "warning: $(last_stat program_drops) packets left out"
	grep '"finding":"capture.gap"' "$WORK/events" | grep -q '"reason":"program_drops"' || fail "no finding of the packets left out"
}

interface_goes()
{
	lab_server ip link add gone0 type veth peer name gone1
	lab_server ip link set gone0 up
	begin_log -i veth0 -i gone0
	lab_server ip link set gone0 down
	want_said "gone0: packet 1: the interface went down"
	lab_server ip link set gone0 up
	want_said "gone0: packet 1: the interface is up again"
	lab_server ip link del gone0
	want_said "gone0: packet 1: the capture ended"
	kill -0 "$PROGRAM" || fail "the capture of veth0 ended with gone0"
	kill -INT "$PROGRAM"
	rc=0
	wait "$PROGRAM" || rc=$?
	[ $rc = 3 ] || fail "exit status $rc after an interface was gone, not 3"
	grep -q '"in_iface":"gone0",.*"state":"ended"' "$WORK/events" || fail "the stats event does not say that gone0 is gone"
}

lab_begin
lab_client ip route add 224.0.0.0/4 dev veth0
lab_dovecot
lab_postfix
begin_log -i any
two_logins
begin_log -i veth0 --fanout 3
two_logins
want_said "TPACKET_V3) in each of 3 sockets, time stamps: host, nanoseconds"
many_packets
slow_output
interface_goes
rc=0
lab_server timeout 10 "$program" log -i nosuchif >/dev/null 2>&1 || rc=$?
[ $rc = 3 ] || fail "exit status $rc for an interface that is not there, not 3"
