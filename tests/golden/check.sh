#!/bin/bash
# check.sh PROGRAM: what the program says of some samples, compared with the files beside this script; and the events of every
# sample against docs/events.schema.json. Shows the differences; exit status 1 when there are any. update.sh accepts them.
set -uo pipefail
program=$(realpath "$1")
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top" || exit 1
. tests/golden/outputs.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rc=0

for sample in $GOLDEN_SAMPLES; do
	for output in $GOLDEN_OUTPUTS; do
		golden_output "$sample" "$output" >"$work/out" || { echo "$output of $sample: exit status $?" >&2; rc=1; }
		diff -u --label "tests/golden/$sample.$output.txt" --label "$output of $sample" \
			"tests/golden/$sample.$output.txt" "$work/out" >&2 || rc=1
	done
done
for file in samples/pcap/*.pcap; do
	"$program" log "$file" | tests/lib/validate_events.py >"$work/out" && continue
	echo "$file:" >&2
	cat "$work/out" >&2
	rc=1
done
exit $rc
