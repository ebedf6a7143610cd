#!/usr/bin/python3
"""Compares what the program says of captures made by others with what is known of them, fact by fact.

usage: check.py [--program FILE] [--shared DIR] [--variants] [--verbose] [CAPTURE…]

The truth is DIR/captures/truth.json (DIR: MAILSNOOP_SHARED, or ../shared). A fact is: a session with its ends and protocol;
its STARTTLS verdict; of a login the mechanism, the user, the secret and the result; a whole message by its SHA-256; for
captures without mail, that none was found. What the program invents counts as a wrong fact. --variants repackages some
captures (1-byte segments, other order, copies, fragments, every link layer) and wants the same events. Envelopes and parts of
messages are shown, not counted. Ends with the share of facts; exit status 1 under 99 %, 77 without DIR.
"""
import argparse
import collections
import json
import os
import pathlib
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import facts
import variants

WANTED = 99.0
# Its port-25 session has no captured payload at all: whether to call that a mail session is left open by the truth.
OPEN_SESSIONS = {'zeek__tcp_truncated-header.pcap'}


class Score:
    """Facts right and wrong by kind, and the words about the wrong ones."""

    def __init__(self):
        self.right, self.wrong, self.lines = collections.Counter(), collections.Counter(), []

    def fact(self, kind, ok, words):
        (self.right if ok else self.wrong)[kind] += 1
        if not ok:
            self.lines.append(f'{kind}: {words}')
        return ok

    def add(self, other):
        self.right.update(other.right)
        self.wrong.update(other.wrong)

    def total(self):
        return sum(self.right.values()), sum(self.right.values()) + sum(self.wrong.values())


def same_user(want, said):
    user, domain = want
    if user is None:
        return True
    return said == user or bool(domain) and said in (f'{domain}\\{user}', f'{user}@{domain}')


def same_secret(want, said):
    if want is None:
        return True
    how, text = want
    return said == text if how == 'is' else said is not None and text in said


def pick(want, said):
    """Index of the login in `said` that answers `want` best: same mechanism first, then user, secret and result."""
    def likeness(i):
        l = said[i]
        return (l.mechanism == want.mechanism, same_user(want.user, l.user), same_secret(want.secret, l.secret),
                l.result == want.result)
    return max(range(len(said)), key=likeness, default=None)


def check_logins(score, where, want, said):
    left = list(said)
    for w in want:
        at = pick(w, left)
        if not score.fact('login', at is not None, f'{where}: no login {w.mechanism} {w.user[0]}'):
            continue
        l = left.pop(at)
        score.fact('mechanism', l.mechanism == w.mechanism, f'{where}: {l.mechanism}, want {w.mechanism}')
        if w.user[0] is not None:
            score.fact('user', same_user(w.user, l.user), f'{where}: {l.user!r}, want {w.user[0]!r}')
        if w.secret:
            score.fact('secret', same_secret(w.secret, l.secret), f'{where}: {l.secret!r}, want {w.secret[1]!r}')
        score.fact('result', l.result == w.result, f'{where}: {w.mechanism} {l.result}, want {w.result}')
    for l in left:
        score.fact('invented', False, f'{where}: login {l.mechanism} {l.user!r} {l.result}')


def check_messages(score, where, want, said, parts):
    left = collections.Counter(m[0] for m in said)
    for sha, via, is_whole in sorted(want, key=lambda m: not m[2]):
        found = left[sha] > 0
        left[sha] -= found
        if is_whole:
            score.fact('message', found, f'{where}: {via} {sha[:16]}… not found')
        else:
            parts[found] += 1
    known = {m[0] for m in want}
    for sha in (s for s, n in left.items() if n > 0 and s not in known):
        score.fact('invented', False, f'{where}: message {sha[:16]}…')


def check_envelopes(where, want, said, notes):
    bare = lambda a: a.strip('<>') if a else a
    want = sorted((bare(f), tuple(sorted(bare(r) for r in rcpts))) for f, rcpts in want)
    said = sorted((bare(f) or '', tuple(sorted(bare(r) for r in rcpts))) for f, rcpts in said if f is not None)
    if want != said:
        notes.append(f'{where}: envelopes {said}, want {want}')


def check_session(score, ends, want, said, parts, notes):
    where = f'{ends[0]} → {ends[1]}'
    if not score.fact('session', said is not None, f'{where}: no {want.proto} session'):
        for kind, n in (('verdict', 1), ('login', len(want.logins)), ('message', sum(m[2] for m in want.messages))):
            score.wrong[kind] += n
        return
    score.fact('protocol', said.proto == want.proto or said.proto == 'tls' and not want.logins and not want.messages,
               f'{where}: {said.proto}, want {want.proto}')
    score.fact('verdict', said.verdicts[0] in want.verdicts, f'{where}: {said.verdicts[0]}, want {"|".join(want.verdicts)}')
    check_logins(score, where, want.logins, said.logins)
    check_messages(score, where, want.messages, said.messages, parts)
    check_envelopes(where, want.envelopes, said.envelopes, notes)


def check_tls(score, ends, want, said):
    for key, value in want.items():
        score.fact('tls', said.get(key) == value, f'{ends[0]} → {ends[1]}: tls {key} {said.get(key)}, want {value}')


def check_facts(name, want, said, parts, notes):
    score = Score()
    if said.status:
        score.fact('run', False, f'exit status {said.status}: {said.stderr.strip()[-300:]}')
    for ends, session in want.sessions.items():
        check_session(score, ends, session, said.sessions.get(ends), parts, notes)
    for ends, tls in want.tls.items():
        check_tls(score, ends, tls, said.tls.get(ends, {}))
    extra = [] if name in OPEN_SESSIONS else [e for e in said.sessions if e not in want.sessions]
    for e in extra:
        score.fact('invented', False, f'{e[0]} → {e[1]}: {said.sessions[e].proto} session')
    for e in said.unclaimed:
        score.fact('invented', False, f"{e['event_type']} event of flow {e['flow_id']}, which is no mail session")
    if not want.sessions:
        score.fact('negative', not extra and not said.unclaimed, 'mail where there is none')
    return score


def check_file(args, path, entry, parts, notes):
    events, status, stderr = facts.run_log(args.program, path)
    said = facts.from_events(events)
    said.status, said.stderr = status, stderr
    return check_facts(path.name, facts.from_truth(entry), said, parts, notes)


def show(name, score, notes, verbose):
    right, total = score.total()
    if score.lines or verbose:
        print(f'{"FAIL" if score.lines else "ok":5}{name}: {right} of {total}')
    for line in score.lines:
        print(f'       {line}')
    for line in notes if verbose else ():
        print(f'       (not counted) {line}')


def check_all(args, captures, truth):
    sum_score, parts = Score(), collections.Counter()
    for name in args.captures or sorted(truth):
        notes = []
        score = check_file(args, captures / name, truth[name], parts, notes)
        show(name, score, notes, args.verbose)
        sum_score.add(score)
    return sum_score, parts


def main():
    here = pathlib.Path(__file__).resolve().parents[2]
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--program', default=str(here / 'build' / 'mailsnoop'))
    ap.add_argument('--shared', default=os.environ.get('MAILSNOOP_SHARED', str(here.parent / 'shared')))
    ap.add_argument('--variants', action='store_true')
    ap.add_argument('--verbose', action='store_true')
    ap.add_argument('captures', nargs='*')
    args = ap.parse_args()
    captures = pathlib.Path(args.shared) / 'captures'
    if not (captures / 'truth.json').exists():
        print('skipped: ../shared is not here')
        return 77
    truth = json.loads((captures / 'truth.json').read_text())
    if args.variants:
        return variants.check(args, captures)
    score, parts = check_all(args, captures, truth)
    right, total = score.total()
    kinds = sorted(set(score.right) | set(score.wrong))
    print('  '.join(f'{k} {score.right[k]}/{score.right[k] + score.wrong[k]}' for k in kinds))
    print(f'parts of messages, not counted: {parts[True]} of {sum(parts.values())}')
    share = 100.0 * right / total if total else 0.0
    print(f'{right} of {total} facts, {share:.2f} %')
    return 0 if share >= WANTED else 1


if __name__ == '__main__':
    sys.exit(main())
