#!/bin/bash
# run.sh PROGRAM [FLOOD…]: every flood, or those named, against the program; the last line counts them.
# A release build shows whether memory stays under the ceiling, a sanitized one whether anything breaks.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../scripts/count.sh"
program=$1
shift
for f in ${@:-$("$here/floods.py" --list)}; do
	check "flood-$f" "$here/check.py" "$program" "$f"
done
totals
