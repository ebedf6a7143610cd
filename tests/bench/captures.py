"""The captures of the benchmark: made once in a working directory, from base captures of real servers, the same for a seed.

    mail-heavy  large attachments in clear
    mail-small  short sessions and small messages
    mixed       5 % mail among HTTP, HTTPS, DNS and a VPN's UDP
    flows       SMTP connections that are all open at the end

At scale 1 they are 1 GB, 618 MB, 1 GB and a million connections.
"""
import os
import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
MAKE = HERE / 'make'
SMALL, FAT, OTHER = 'base-mail-small.pcap', 'base-mail-fat.pcap', 'base-other.pcap'
CLEAR, TLS = '25+587+110+143', '465+993+995'
SERVER_PACKAGES = 'postfix dovecot-imapd dovecot-pop3d nginx-light tcpdump iproute2 ethtool openssl'

# base capture, server ports, bytes of a flow at least and at most, bytes (b) or number (n) of flows wanted, stretch of time
MIXES = {
    'mail-heavy': (60, [(SMALL, CLEAR, 0, 99999999, 'b', 20e6, 20, 200), (SMALL, TLS, 0, 99999999, 'b', 3e6, 20, 200),
                        (FAT, CLEAR, 0, 200000, 'b', 100e6, 30, 300), (FAT, CLEAR, 200001, 3000000, 'b', 300e6, 30, 300),
                        (FAT, CLEAR, 3000001, 99999999, 'b', 600e6, 30, 300)]),
    'mail-small': (120, [(SMALL, '25+587', 0, 4200, 'n', 90000, 20, 200), (SMALL, '110', 0, 3300, 'n', 60000, 20, 200),
                         (SMALL, '143', 0, 5200, 'n', 60000, 20, 200)]),
    'mixed': (60, [(OTHER, '53', 0, 999999999, 'b', 10e6, 1, 20), (OTHER, '!53', 0, 99999999, 'b', 960e6, 30, 300),
                   (SMALL, CLEAR + '+' + TLS, 0, 99999999, 'b', 15e6, 20, 200), (FAT, CLEAR, 0, 3000000, 'b', 35e6, 20, 200)]),
}
FLOWS = 1000000
NAMES = [*MIXES, 'flows']
MAIL_SMALL_BYTES = 618e6


class Missing(Exception):
    """What a capture needs and is not there."""


class Captures:
    def __init__(self, work, say):
        self.work, self.say = pathlib.Path(work), say
        self.work.mkdir(parents=True, exist_ok=True)

    def tool(self, source, *libraries):
        """A C program of ours, built when it is missing or old."""
        built = self.work / source.stem
        if not built.exists() or built.stat().st_mtime < source.stat().st_mtime:
            subprocess.run(['gcc', '-O2', '-D_GNU_SOURCE', '-o', str(built), str(source), *libraries], check=True)
        return str(built)

    def base(self, name):
        path = self.work / name
        if path.exists():
            return path
        if name == SMALL:
            subprocess.run(['zstd', '-qdf', str(HERE / (SMALL + '.zst')), '-o', str(path)], check=True)
            return path
        what = {FAT: 'fat', OTHER: 'other'}[name]
        needs = ['nginx'] if name == OTHER else ['postfix', 'dovecot']
        if os.geteuid() != 0 or not all(map(shutil.which, needs + ['tcpdump', 'ip', 'ethtool', 'openssl'])):
            raise Missing(f'needs root and servers: apt install {SERVER_PACKAGES}')
        self.say(f'making {name} with real servers in network namespaces')
        made = subprocess.run([str(MAKE / 'base.sh'), str(self.work), what], capture_output=True, text=True)
        if made.returncode or not path.exists():
            raise Missing(f'{name} could not be made: {made.stderr[-500:]}')
        return path

    def mix(self, name, scale):
        seconds, groups = MIXES[name]
        path = self.work / f'{name}-{scale:g}.pcap'
        if not path.exists():
            args = []
            for base, ports, least, most, how, amount, low, high in groups:
                args += ['-g', f'{self.base(base)},{ports},{least},{most},{how}{int(amount * scale)},{low},{high}']
            seed = str(list(MIXES).index(name) + 1)
            self.finish(path, [self.tool(MAKE / 'pcapmul.c', '-lm'), '-o', None, '-s', seed, '-t', str(seconds), *args])
        return path

    def flows(self, n):
        path = self.work / f'flows-{n}.pcap'
        if not path.exists():
            self.finish(path, [self.tool(MAKE / 'manyflows.c'), None, str(n)])
        return path

    def get(self, name, scale):
        """The path of a capture, made when it is missing. Raises Missing."""
        return self.flows(int(FLOWS * scale)) if name == 'flows' else self.mix(name, scale)

    def finish(self, path, command):
        """Runs a generator whose output, None in the command, becomes `path` when it is whole."""
        self.say(f'making {path.name}')
        half = str(path) + '.new'
        subprocess.run([half if c is None else c for c in command], check=True, stderr=subprocess.DEVNULL)
        os.rename(half, path)
