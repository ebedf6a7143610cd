#!/bin/bash
# save.sh PROGRAM [FILE…]: the packets of all sessions, saved from the screens, are the same sessions again, for every sample;
# with TLS secrets where the file had them, or where they were asked for, and nowhere else.
set -uo pipefail
program=$(realpath "$1")
shift
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ $# -gt 0 ] || set -- samples/pcap/*.pcap samples/pcap/*.pcapng
rc=0

# Without the number of the connection, as others are gone, and without what may follow from DNS, whose packets are not saved.
COLUMNS_SAID=number,start,end,proto,service,client,server,user,logins,accepted,starttls,tls,messages,commands,replies,anomalies
COLUMNS_SAID=$COLUMNS_SAID,packets,bytes,gaps,gap_bytes,midstream,reason,server_name,client_name,software,tls_version,cipher,sni,certificate
sessions()
{
	"$program" sessions --format csv --columns "$COLUMNS_SAID" "$@"
}

# save FILE ANSWER OPTION…: all sessions of it to $work/all.pcapng; the answer to what is asked about secrets.
save()
{
	local file=$1 answer=$2
	shift 2
	printf 'wait\nkeys F2 p Ctrl-U\ntype ~/all.pcapng\nkeys Enter %s\nwait\nsave-screen %s/screen\n' "$answer" "$work" >"$work/keys"
	HOME=$work XDG_CONFIG_HOME='' LC_ALL=C.UTF-8 timeout 60 "$program" ui --script "$work/keys" "$@" "$file" ||
		{ echo "$file: exit status $?" >&2; rc=1; }
}

fail()
{
	echo "$*" >&2
	rc=1
}

# A block of decryption secrets: its type, then TLSK.
has_secrets()
{
	LC_ALL=C grep -qaP 'KSLT.{4}[A-Z]' "$work/all.pcapng"
}

for file in "$@"; do
	save "$file" ''
	sessions "$file" >"$work/before"
	[ "$(wc -l <"$work/before")" -gt 1 ] || continue
	grep -q ' packets of [0-9,]* sessions\?.* to' "$work/screen" || fail "$file: $(grep saved "$work/screen")"
	sessions "$work/all.pcapng" | diff "$work/before" - >&2 || fail "$file: the sessions differ"
	[ "$(stat -c %a "$work/all.pcapng")" = 600 ] || fail "$file: others can read what was saved"
	rm "$work/all.pcapng"
done

file=samples/pcap/tls-submission.pcap
keys=samples/keylog/tls-submission.keys
sessions --keylog "$keys" "$file" >"$work/before"
save "$file" y --keylog "$keys"
sessions "$work/all.pcapng" | diff "$work/before" - >&2 || fail "$file: saved with its secrets, the sessions differ"
has_secrets || fail "$file: no secrets were saved"
rm "$work/all.pcapng"
save "$file" n --keylog "$keys"
has_secrets && fail "$file: secrets were saved that were refused"
sessions "$file" >"$work/before"
sessions "$work/all.pcapng" | diff "$work/before" - >&2 || fail "$file: saved without secrets, the sessions differ"
rm "$work/all.pcapng"
save "$file" Esc --keylog "$keys"
[ -e "$work/all.pcapng" ] && fail "$file: saved, although it was cancelled"
exit $rc
