#!/bin/bash
# update.sh PROGRAM: writes the golden files anew. Read the diff before you commit it.
set -euo pipefail
program=$(realpath "$1")
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
. tests/golden/outputs.sh

for sample in $GOLDEN_SAMPLES; do
	for output in $GOLDEN_OUTPUTS; do
		golden_output "$sample" "$output" >"tests/golden/$sample.$output.txt"
	done
done
