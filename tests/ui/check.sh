#!/bin/bash
# check.sh PROGRAM: keys in, screens out, compared with the .screen files beside the scripts; update.sh accepts what changed.
# Then random keys and sizes, on every sample, for which a sanitized program is best.
set -uo pipefail
program=$(realpath "$1")
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top" || exit 1
. tests/ui/lib.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rc=0

for script in tests/ui/*.keys; do
	ui_screens "$program" "$script" >"$work/out" || { echo "$script: exit status $?" >&2; rc=1; }
	diff -u --label "${script%.keys}.screen" --label "$script" "${script%.keys}.screen" "$work/out" >&2 || rc=1
done

seed=${UI_SEED:-1}
for file in samples/pcap/*.pcap; do
	seed=$((seed + 1))
	printf 'random %d 60\nwait\nrandom %d %d\n' $seed $seed "${UI_KEYS:-250}" >"$work/random.keys"
	(cd "$work" && HOME=$work XDG_CONFIG_HOME= LC_ALL=C.UTF-8 timeout 60 \
		"$program" ui --script random.keys "$top/$file") >"$work/out" 2>&1 && continue
	echo "$file: random keys, seed $seed: exit status $?" >&2
	head -n 30 "$work/out" >&2
	rc=1
done
exit $rc
