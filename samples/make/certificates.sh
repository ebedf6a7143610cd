#!/bin/bash
# Every kind of certificate that the lab makes, as DER: seeds of tests/fuzz and input of the unit test of certificates.
set -eu
MAKE=$(cd "$(dirname "$0")" && pwd)
OUT=${SEEDS:-$MAKE/../../tests/fuzz/seeds/cert}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
. "$MAKE/pki.sh"
pki_begin "$WORK"
pki_all
pki_odd
mkdir -p "$OUT"
for c in "$WORK"/*.crt; do
	c=${c##*/}
	openssl x509 -in "$WORK/$c" -outform DER -out "$OUT/${c%.crt}.der"
done
