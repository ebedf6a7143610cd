#!/bin/bash
# terminal.sh PROGRAM: a real terminal (tmux): keys and changes of the size by chance, resizing keeps place, SIGTERM and a
# crash give the terminal back as it was.
set -uo pipefail
program=$(realpath "$1")
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top" || exit 1
work=$(mktemp -d)
socket=mailsnoop-test-$$
rc=0
# What terminfo keeps is not ours; tests/ui/check.sh looks for leaks.
export HOME=$work XDG_CONFIG_HOME= LC_ALL=C.UTF-8 ASAN_OPTIONS=detect_leaks=0:log_path=$work/asan UBSAN_OPTIONS=log_path=$work/ubsan
trap 'tmux -L $socket kill-server 2>/dev/null; rm -rf "$work"' EXIT

fail()
{
	echo "$*" >&2
	tmux -L "$socket" capture-pane -p >&2
	rc=1
}

# Waits until the screen shows a text.
shows()
{
	for _ in $(seq 100); do
		tmux -L "$socket" capture-pane -p | grep -qE -- "$1" && return 0
		sleep 0.05
	done
	fail "the screen never shows: $1"
	return 1
}

# An empty screen: some terminals keep what the program drew.
wipe()
{
	keys "clear; echo wiped" Enter
	shows wiped
	for _ in $(seq 100); do
		tmux -L "$socket" capture-pane -p | grep -qF ' session' || return 0
		sleep 0.05
	done
	fail "the screen cannot be wiped"
}

keys()
{
	tmux -L "$socket" send-keys "$@"
}

tmux -L "$socket" -f /dev/null new-session -d -x 80 -y 24 "PS1='here> ' sh" || { echo "no tmux" >&2; exit 1; }
shows 'here'
keys "stty -a >$work/before" Enter

for term in tmux-256color screen linux vt100; do
	keys "TERM=$term $program ui samples/pcap/*.pcap; echo status \$?" Enter
	shows '[1-9][0-9]* sessions ' && keys Down Enter
	shows 'Dialogue' && keys q
	shows 'status 0'
	wipe
done

keys "$program ui samples/pcap/*.pcap; echo status \$?" Enter
shows '[1-9][0-9]* sessions '
for size in '132 40' '40 10' '250 70' '20 5' '80 24'; do
	set -- $size
	tmux -L "$socket" resize-window -x "$1" -y "$2"
	sleep 0.2
done
shows '[1-9][0-9]* sessions '
set -- Up Down Left Right PPage NPage Home End Enter Escape Tab BSpace F1 F3 F6 / n N s z f p Space x r e '"' a t 1 2 3
RANDOM=7
for i in $(seq 400); do
	keys "${@:RANDOM % $# + 1:1}"
	[ $((i % 40)) = 0 ] && tmux -L "$socket" resize-window -x $((RANDOM % 150 + 10)) -y $((RANDOM % 50 + 3))
done
tmux -L "$socket" resize-window -x 80 -y 24
sleep 0.3
pid=$(pgrep -P "$(tmux -L "$socket" list-panes -F "#{pane_pid}")")
kill -TERM "$pid" && shows 'status 0'
wipe
keys "$program ui samples/pcap/bdat.pcap 2>/dev/null; echo status \$?" Enter
shows '[1-9] session '
pid=$(pgrep -P "$(tmux -L "$socket" list-panes -F "#{pane_pid}")")
kill -SEGV "$pid" && shows 'status 1'
keys "stty -a >$work/after" Enter
sleep 0.3
diff "$work/before" "$work/after" >&2 || fail "the terminal is not as it was"
for log in "$work"/asan.* "$work"/ubsan.*; do
	[ -e "$log" ] && ! grep -q 'SEGV on unknown address.*\|SEGV' "$log" && { head -n 30 "$log" >&2; rc=1; }
done
exit $rc
