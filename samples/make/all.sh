#!/bin/bash
# Makes every sample again, into samples/pcap or the directory OUT. Needs root.
cd "$(dirname "$0")" || exit 1
. ../../scripts/lib.sh
need_packages $BUILD_PACKAGES $TEST_PACKAGES $PEER_PACKAGES $SAMPLE_PACKAGES || exit 1
rc=0
for s in [a-z]*.sh; do
	case $s in all.sh | lab.sh | pki.sh | check.sh) continue ;; esac
	./"$s" || { echo "$s failed" >&2; rc=1; }
done
exit $rc
