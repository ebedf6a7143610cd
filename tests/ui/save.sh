#!/bin/bash
# save.sh PROGRAM [FILE…]: the packets of all sessions, saved from the screens, are the same sessions again, for every sample.
set -uo pipefail
program=$(realpath "$1")
shift
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ $# -gt 0 ] || set -- samples/pcap/*.pcap
rc=0

# Without the number of the connection: others are gone.
sessions()
{
	"$program" sessions --format csv "$1" | cut -d, -f1,3-
}

for file in "$@"; do
	printf 'wait\nkeys F2 p Ctrl-U\ntype ~/all.pcapng\nkeys Enter\nwait\nsave-screen ~/screen\n' | sed "s,save-screen ~,save-screen $work," >"$work/keys"
	HOME=$work XDG_CONFIG_HOME='' LC_ALL=C.UTF-8 timeout 60 "$program" ui --script "$work/keys" "$file" || { echo "$file: exit status $?" >&2; rc=1; }
	sessions "$file" >"$work/before"
	[ "$(wc -l <"$work/before")" -gt 1 ] || continue
	grep -q ' packets of [0-9,]* sessions\? to' "$work/screen" || { echo "$file: $(grep saved "$work/screen")" >&2; rc=1; }
	sessions "$work/all.pcapng" | diff "$work/before" - >&2 || { echo "$file: the sessions differ" >&2; rc=1; }
	rm "$work/all.pcapng"
done
exit $rc
