#!/bin/bash
# take.sh PROGRAM: takes the pictures of this folder anew, in a real terminal (tmux, 120x32, UTF-8), on samples of the repository.
set -euo pipefail
program=$(realpath "$1")
cd "$(dirname "$0")/../.."
home=$(mktemp -d)
socket=mailsnoop-pictures-$$
trap 'tmux -L $socket kill-server 2>/dev/null || true; rm -rf "$home"' EXIT

tm()
{
	tmux -L "$socket" -f /dev/null "$@"
}

# open SAMPLE…: the screens on them.
open()
{
	tm kill-server 2>/dev/null || true
	tm new-session -d -x 120 -y 32 "env -i HOME=$home PATH=$PATH TERM=xterm-256color LC_ALL=C.UTF-8 $program ui $(printf 'samples/pcap/%s ' "$@")"
	for _ in $(seq 100); do
		tm capture-pane -p | head -1 | grep -qE '%|^ *$' || break
		sleep 0.1
	done
	sleep 0.5
}

# take NAME KEY…: the picture after these keys.
take()
{
	local name=$1
	shift
	for key in "$@"; do
		tm send-keys "$key"
		sleep 0.2
	done
	sleep 0.3
	tm capture-pane -p | sed "s/ *$//; s,$home,~," >"docs/screens/$name.txt"
}

open smtp-clear-day.pcap submission-starttls.pcap starttls-stripped.pcap imap-clear.pcap pop3-clear.pcap tls-imap.pcap tls-cyrus.pcap
take sessions Down Down Down
take dialogue Home Enter Down Down Down Down Down Down Down Down Down Down Down Down Down
take message m
take findings 2
take logins 3
take servers 4
take statistics 5
take settings F8
take help Escape 1 F1
open tls-imap.pcap
take tls Enter x / Hello Enter
