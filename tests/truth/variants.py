"""The same TCP content in other packets must give the same events."""
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

import facts

TRANSFORM = pathlib.Path(__file__).resolve().parents[1] / 'lib' / 'transform.py'
LINKS = ('ethernet', 'vlan', 'qinq', 'sll', 'sll2', 'raw', 'null', 'loop', 'pppoe', 'mpls', 'gre', 'ipip', 'ip6ip', '4in6',
         '6in4', 'vxlan')
# Words after transform.py. Order within a window of packets changes what is seen first, so the base file goes through
# transform.py as well: it drops what is not TCP, and so do all the others.
VARIANTS = [
    ['--split', '1'],
    ['--reorder', '4', '7'],
    ['--duplicate', '3'],
    ['--fragment', '48'],
    ['--split', '7', '--reorder', '3', '2', '--duplicate', '5', '--fragment', '32'],
    ['--pcapng', '--ns'],
    ['--swap-endian', '--pad'],
] + [['--link', l] for l in LINKS]
CAPTURES = [
    'BruteShark__IMAP---Authenticate-Plain-Base64.pcap', 'BruteShark__POP3.pcapng', 'BruteShark__SMTP---Auth-Login.pcapng',
    'arkime__smtp-decrypted.pcap', 'arkime__ntlm_synthetic.pcap', 'mercury__imap2.pcap', 'nDPI__imap.pcap',
    'nDPI__imaps.pcap', 'nDPI__pop3_stls.pcap', 'httpreplay__smtp-auth-login.pcap',
    'suricata-verify__tcp-async-01.pcap', 'zeek__smtp_smtp-bdat-pipeline-8bitmime.pcap',
]
# What the packaging itself decides: which packet, when, how many of them, over which link, and what is said of packets.
VOLATILE_KEYS = {'timestamp', 'pcap_cnt', 'pcap_filename', 'vlan', 'flow_id', 'offset', 'start', 'end', 'pkts_toserver',
                 'pkts_toclient', 'reason', 'first', 'last'}
VOLATILE_EVENTS = {'stats'}
PACKET_LAYERS = {'packet', 'stream'}


def without(value):
    if isinstance(value, dict):
        return {k: without(v) for k, v in value.items() if k not in VOLATILE_KEYS}
    return [without(v) for v in value] if isinstance(value, list) else value


def about_packets(e):
    kind = e['event_type']
    if kind == 'anomaly':
        return e['anomaly']['layer'] in PACKET_LAYERS
    return kind == 'alert' and e['alert'].get('finding', '').startswith('capture.')


def essence(events):
    """Multiset of what was said, for each pair of ends, whatever the packets."""
    keep = [without(e) for e in events if e['event_type'] not in VOLATILE_EVENTS and not about_packets(e)]
    for e in keep:
        if e['event_type'] == 'alert':  # evidence names packets and their text; which of equal copies is open
            e['alert'].pop('evidence', None)
            e.pop('evidence', None)
    return collections.Counter(json.dumps(e, sort_keys=True) for e in keep)


def transformed(words, source, out):
    subprocess.run([sys.executable, str(TRANSFORM), *words, str(source), str(out)], check=True, capture_output=True)
    return out


def run(args, path):
    events, status, stderr = facts.run_log(args.program, path)
    return essence(events), status, stderr


def first_difference(base, other):
    for sign, extra in (('-', base - other), ('+', other - base)):
        for line in list(extra)[:2]:
            yield f'{sign} {line[:400]}'


def check(args, captures):
    wrong = count = 0
    with tempfile.TemporaryDirectory() as tmp:
        tmp = pathlib.Path(tmp)
        for name in args.captures or CAPTURES:
            base, _, _ = run(args, transformed([], captures / name, tmp / 'base.pcap'))
            for words in VARIANTS:
                said, status, stderr = run(args, transformed(words, captures / name, tmp / 'variant.pcap'))
                count += 1
                if status or said != base:
                    wrong += 1
                    print(f'FAIL {name} {" ".join(words)}: {stderr.strip()[-300:] if status else ""}')
                    for line in first_difference(base, said):
                        print(f'       {line}')
                elif args.verbose:
                    print(f'ok   {name} {" ".join(words)}')
    print(f'{count - wrong} of {count} variants give the same events')
    return 1 if wrong else 0
