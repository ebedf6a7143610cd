"""What is measured: mailsnoop, the limit, and the peers that are installed; and how one run is measured."""
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
FIELDS = ('-e tcp.stream -e smtp.req.command -e smtp.req.parameter -e smtp.response.code -e smtp.rsp.parameter '
          '-e pop.request.command -e pop.response.indicator -e imap.request.command -e imap.response.command').split()
MAIL = ['-Y', 'smtp || pop || imap']
LIMIT, OURS = 'LIMIT', 'log'
NOT_FOUND = {'ngrep': 1}  # exit status of a run that found nothing

# name, program that must be installed, package, arguments; FILE, OUT and HERE are filled in
PEERS = [
    ('tcpdump -w', 'tcpdump', 'tcpdump', ['-w', '/dev/null', '-r', 'FILE']),
    ('ngrep', 'ngrep', 'ngrep', ['-q', '-I', 'FILE', 'MAIL FROM', 'tcp port 25']),
    ('ndpiReader', 'ndpiReader', 'libndpi-bin', ['-i', 'FILE']),
    ('tcpflow', 'tcpflow', 'tcpflow', ['-r', 'FILE', '-o', 'OUT']),
    ('suricata', 'suricata', 'suricata (bookworm-backports)',
     ['-c', 'HERE/suricata.yaml', '-S', '/dev/null', '--runmode', 'single', '-r', 'FILE', '-l', 'OUT']),
    ('tshark credentials', 'tshark', 'tshark', ['-n', '-q', '-z', 'credentials', '-r', 'FILE']),
    ('tshark fields', 'tshark', 'tshark', ['-n', '-r', 'FILE', *MAIL, '-T', 'fields', *FIELDS]),
    ('tshark json', 'tshark', 'tshark', ['-n', '-r', 'FILE', *MAIL, '-T', 'json']),
]

# Loops that show what reading alone costs.
LIMITS = [(LIMIT, 'pcapcount.c', ['-lpcap']), ('flowwalk', 'flowwalk.c', []), ('mmapwalk', 'mmapwalk.c', [])]

MAILSNOOP = [
    (OURS, ['log', '-q', '-j', '1']),
    ('log --hash none', ['log', '-q', '-j', '1', '--hash', 'none']),
    ('log -j 2', ['log', '-q', '-j', '2']),
    ('log --types flow', ['log', '-q', '-j', '1', '--hash', 'none', '--types', 'flow']),
    ('report', ['report', '-q', '-j', '1']),
]


class Tool:
    def __init__(self, name, command, kind):
        self.name, self.command, self.kind = name, command, kind

    def fill(self, path, out):
        words = {'FILE': str(path), 'OUT': str(out)}
        return [words.get(c, c.replace('HERE/', f'{HERE}/')) for c in self.command]


def installed(captures, program):
    """The tools that can run here, and for those that cannot the packages."""
    tools = [Tool(name, [captures.tool(HERE / 'limit' / source, *libs), 'FILE'], 'limit') for name, source, libs in LIMITS]
    tools += [Tool(name, [str(program), *args, 'FILE'], 'ours') for name, args in MAILSNOOP]
    missing = {}
    for name, binary, package, args in PEERS:
        if shutil.which(binary):
            tools.append(Tool(name, [binary, *args], 'peer'))
        else:
            missing[binary] = package
    return tools, missing


class Meter:
    """Runs a command under timer.c, whose own memory is small enough not to be taken for the command's."""

    def __init__(self, captures):
        self.timer = captures.tool(HERE / 'timer.c')
        memory = pathlib.Path('/dev/shm')
        self.out = (memory if os.access(memory, os.W_OK) else captures.work) / f'mailsnoop-bench-{os.getpid()}'

    def run(self, tool, path, limit_s):
        """{'seconds', 'cpu_seconds', 'peak_mb', 'status', 'ok'}, or None when it took longer than limit_s."""
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir()
        p = subprocess.Popen([self.timer, *tool.fill(path, self.out)], stdout=subprocess.PIPE, start_new_session=True,
                             cwd=self.out)
        try:
            text, _ = p.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, signal.SIGKILL)
            p.wait()
            return None
        finally:
            shutil.rmtree(self.out, ignore_errors=True)
        r = json.loads(text)
        r['ok'] = r['status'] in (0, NOT_FOUND.get(tool.name))
        return r


def median(runs, key):
    return statistics.median(r[key] for r in runs)
