"""What the ground truth says and what the program said, as the same kind of facts: sets that can be compared."""
import collections
import json
import subprocess

PROTOS = ('smtp', 'pop3', 'imap')
# What truth.json calls it -> what mail.starttls may say. `stripped` is a sharper word for not offered.
VERDICTS = {
    'not-offered': ('not_offered', 'stripped'),
    'offered-not-used': ('offered_unused', 'stripped'),
    'starttls-accepted': ('upgraded',),
    'starttls-accepted-but-plaintext-follows': ('failed',),
    'starttls-rejected': ('refused',),
    'starttls-requested-no-reply': ('failed', 'refused', 'not_observable'),
    'not-seen': ('not_observable',),
    'implicit': ('implicit',),
    'implicit-broken': ('implicit', 'failed'),
}
RESULTS = {True: 'accepted', False: 'refused', None: 'unknown'}

Login = collections.namedtuple('Login', 'mechanism user secret result')
Session = collections.namedtuple('Session', 'proto verdicts logins messages envelopes')


class Facts:
    """Sessions by (client, server), each 'address port'."""

    def __init__(self):
        self.sessions = {}
        self.tls = {}        # by (client, server) too: what is known of the handshake, each a name and a value
        self.unclaimed = []  # events of mail whose flow is no mail session
        self.status = 0
        self.stderr = ''


# ---- what truth.json says ---------------------------------------------------------------------------------------------

def whole(via):
    """Is this a message from its first to its last byte, and not a part of one?"""
    if via.startswith('FETCH'):
        return via.endswith('BODY[]') or via.endswith('RFC822')
    return not via.startswith('TOP')


def truth_verdict(session, tls):
    state = session['tls_state']
    if state == 'starttls-accepted' and tls and tls.get('empty'):
        return ('failed',)  # the go-ahead is the last thing seen
    return VERDICTS[state]


def truth_secret(c):
    """The secret, and how to compare: equal to it, or holding it. None where the mechanism shows none."""
    if 'password' in c:
        return ('is', c['password'])
    return ('has', c['digest']) if 'digest' in c else None


def truth_login(c):
    return Login(c['mech'], (c.get('user'), c.get('domain')), truth_secret(c), RESULTS[c['ok']])


def truth_session(entry, proto, s, tls):
    mine = [m for m in entry['messages'] if m['proto'] == proto and m['stream'] == s['stream'] and m['complete']]
    logins = [truth_login(c) for c in entry['credentials'] if c['proto'] == proto and c['stream'] == s['stream']]
    envelopes = [(t['mail_from'], tuple(r['addr'] for r in t['rcpt'] if r['code'] and r['code'] < 300))
                 for t in s.get('transactions', []) if t['mail_from']]
    messages = [(m['sha256'], m['via'], whole(m['via'])) for m in mine]
    return Session(proto, truth_verdict(s, tls.get(s['stream'])), logins, messages, envelopes)


# Of names in certificates: types for which truth.json has the OID.
OIDS = {'1.2.840.113549.1.9.1=': 'emailAddress=', '2.5.4.5=': 'serialNumber='}


def truth_name(name):
    for oid, word in OIDS.items():
        name = name.replace(oid, word)
    return name


def truth_tls(t):
    facts = {}
    if 'server_hello' in t:
        facts['version'] = t['server_hello']['version'].replace('TLSv', 'TLS ').replace('SSLv', 'SSL ')
        facts['cipher_suite'] = t['server_hello']['cipher']
    for c in t.get('certificates', [])[:1]:
        facts.update(sha256=c['sha256'], fingerprint=c['sha1'], subject=truth_name(c['subject']), issuerdn=truth_name(c['issuer']),
                     serial=int(c['serial'], 16), notbefore=c['not_before'], notafter=c['not_after'], signature=c['sig_alg'],
                     chain=len(t['certificates']), **({'sans': c['san_dns']} if 'san_dns' in c else {}))
    if 'sni' in t.get('client_hello', {}):
        facts['sni'] = t['client_hello']['sni']
    return facts


def from_truth(entry):
    facts = Facts()
    tls = {t['stream']: t for t in entry['tls']['sessions']}
    for proto in PROTOS:
        for s in entry[proto]['sessions']:
            facts.sessions[s['client'], s['server']] = truth_session(entry, proto, s, tls)
    for t in entry['tls']['sessions']:
        facts.tls[t['client'], t['server']] = truth_tls(t)
        if t['mode'] == 'implicit':
            state = 'implicit-broken' if t.get('not_tls_at') else 'implicit'
            facts.sessions.setdefault((t['client'], t['server']), Session('tls', VERDICTS[state], [], [], []))
    return facts


# ---- what the program says --------------------------------------------------------------------------------------------

def run_log(program, path, extra=()):
    """Every event of a capture, secrets shown. Warnings are not an error here, sanitizer reports are."""
    done = subprocess.run([program, 'log', '--reveal', *extra, str(path)], capture_output=True, timeout=300)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    return events, done.returncode, done.stderr.decode('utf-8', 'replace')


def ends(event):
    return (f"{event['src_ip']} {event['src_port']}", f"{event['dest_ip']} {event['dest_port']}")


def said_login(event):
    l = event['login']
    return Login(l['mechanism'], l.get('user'), l.get('secret'), l['result'])


def said_envelope(event):
    s = event['smtp']
    return (s.get('mail_from'), tuple(s.get('rcpt_to', [])))


def said_tls(event):
    facts = dict(event['tls'])
    for digest in ('sha256', 'fingerprint'):
        if digest in facts:
            facts[digest] = facts[digest].replace(':', '')
    if 'serial' in facts:
        facts['serial'] = int(facts['serial'], 16)
    return facts


def from_events(events):
    facts = Facts()
    of_flow = {}
    for e in events:
        if e['event_type'] == 'flow' and 'mail' in e:
            s = Session(e.get('app_proto', 'tls'), (e['mail'].get('starttls'),), [], [], [])
            of_flow[e['flow_id']] = s
            facts.sessions.setdefault(ends(e), s)
    for e in events:
        kind = e['event_type']
        if kind == 'tls':
            facts.tls[ends(e)] = said_tls(e)
        if kind not in ('login', *PROTOS):
            continue
        s = of_flow.get(e['flow_id'])
        if s is None:
            facts.unclaimed.append(e)
        elif kind == 'login':
            s.logins.append(said_login(e))
        else:
            if kind == 'smtp':
                s.envelopes.append(said_envelope(e))
            mail = e.get('email', {})
            if mail.get('complete') and 'sha256' in mail:
                s.messages.append((mail['sha256'], e.get(kind, {}).get('command', kind), True))
    return facts
