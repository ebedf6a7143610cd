#!/bin/bash
# update.sh PROGRAM: makes the .screen files anew; read the difference before it is committed.
set -euo pipefail
program=$(realpath "$1")
cd "$(dirname "$0")/../.."
. tests/ui/lib.sh
for script in tests/ui/*.keys; do
	ui_screens "$program" "$script" >"${script%.keys}.screen"
done
git diff --stat -- tests/ui
