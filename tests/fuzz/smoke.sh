#!/bin/sh
# smoke.sh FUZZER RUNS [SEED]: tries that many inputs from the seeds; what it finds on the way is thrown away.
# The same seed tries the same inputs everywhere. To look for more: a large number of runs and another seed.
set -eu
name=$(basename "$1" | sed 's/^fuzz-//')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
seeds=$(dirname "$0")/seeds/$name
[ -d "$seeds" ] || seeds=
mkdir "$work/corpus"
"$1" -seed="${3:-1}" -runs="$2" -max_total_time=3600 -timeout=20 -rss_limit_mb=2048 -print_final_stats=0 -verbosity=0 -artifact_prefix="$work/" \
	"$work/corpus" $seeds && exit 0
for f in "$work"/crash-* "$work"/timeout-* "$work"/oom-* "$work"/leak-*; do
	[ -f "$f" ] && echo "input that does it, base64: $(base64 -w0 "$f" | cut -c1-4000)"
done
exit 1
