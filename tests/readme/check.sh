#!/bin/bash
# check.sh: runs every scripts/run line of the sh blocks of README.md as it stands there; each must end with status 0 within
# a minute. Live capture runs as root.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top" || exit 1
. scripts/lib.sh
work=$(mktemp -d)
[ ! -e report.txt ] || mv report.txt "$work/" # somebody's own
trap 'rm -f report.txt; [ ! -e "$work/report.txt" ] || mv "$work/report.txt" .; rm -rf "$work"' EXIT
scripts/run version >/dev/null || exit 1 # the build is not part of the minute

n=0 rc=0
while IFS= read -r line <&3; do
	n=$((n + 1))
	root=
	[[ $line != *' -i '* ]] || root=as_root
	$root timeout -k 5 60 bash -c "$line" >"$work/out" 2>&1 </dev/null && continue
	echo "README.md: exit status $?: $line" >&2
	tail -n 20 "$work/out" >&2
	rc=1
done 3< <(awk '/^```/ { sh = $0 == "```sh"; next } sh && /^scripts\/run/' README.md)
[ $n -gt 0 ] || { echo "README.md has no command to run" >&2; exit 1; }
exit $rc
