#!/usr/bin/env python3
"""Runs every command of the tables in docs/neutrality.md as it stands there, on a sample log.

    tests/neutrality/queries.py PROGRAM ROOT

Starts a server over the sample, makes a recommendation, then runs the commands; those that want a
data directory that no server has open come last. Prints each command with its exit code; ends with
status 1 if one of them failed or a row has none.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time

ROW = re.compile(r'^\| (NI-\d\d) \| [^|]+ \| [^|]+ \| `(aplomb [^|`]+)` \|$')
# Lists of what people did: a sample log has none of it yet.
MAY_BE_EMPTY = ('aplomb member notices', 'aplomb proposal status', 'aplomb contest list')
START_SECONDS = 60
COMMAND_SECONDS = 400


def rows(page):
    """(invariant, command) of every row; a row that has no command is an error."""
    found = []
    for line in page.splitlines():
        if line.startswith('| NI-'):
            match = ROW.match(line)
            if match is None:
                raise ValueError(f'no command in: {line}')
            found.append(match.groups())
    return found


def filled(command, values):
    """The command with each word of `values` that stands alone replaced."""
    return [values.get(word, word) for word in command.split()]


class Sample:
    """A sample server and what is needed to ask it."""

    def __init__(self, program, root, folder):
        self.program = program
        self.root = root
        self.data = os.path.join(folder, 'data')
        self.environment = {**os.environ, 'APLOMB_DATA_DIR': self.data, 'LANG': 'en_US.UTF-8',
                            'LC_ALL': 'en_US.UTF-8'}
        self.server = subprocess.Popen(
            [program, 'serve', '--sample', '--data', self.data, '--grpc', '127.0.0.1:0',
             '--share', root], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env=self.environment)
        end = time.monotonic() + START_SECONDS
        while not os.path.exists(os.path.join(self.data, 'address')):
            if self.server.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f'the server did not start: {self.server.stderr.read()!r}')
            time.sleep(0.1)

    def address(self):
        """HOST:PORT."""
        with open(os.path.join(self.data, 'address'), encoding='utf-8') as file:
            return file.read().split()[0]

    def run(self, arguments):
        """Asks as the auditor; a recommendation, as the advisor whose token is taken by default."""
        environment = dict(self.environment)
        if arguments[1] != 'recommend':
            with open(os.path.join(self.data, 'auditor.token'), encoding='utf-8') as token:
                environment['APLOMB_TOKEN'] = token.read().strip()
        return subprocess.run([self.program, *arguments[1:]], cwd=self.root, text=True,
                              capture_output=True, env=environment, timeout=COMMAND_SECONDS,
                              check=False)

    def stop(self):
        self.server.send_signal(signal.SIGTERM)
        self.server.wait(timeout=60)
        self.server.stderr.close()


def main():
    program, root = sys.argv[1:3]
    with open(os.path.join(root, 'docs/neutrality.md'), encoding='utf-8') as page:
        commands = rows(page.read())
    profile = os.path.join(root, 'catalog/sample/profiles/boulangerie-rhone.yaml')
    rulebook = os.path.join(root, 'catalog/rulebook')
    ledger = os.path.join(root, 'tests/sample/fee_ledger.yaml')
    failures = 0
    done = set()
    with tempfile.TemporaryDirectory() as folder:
        sample = Sample(program, root, folder)
        asked = sample.run(['aplomb', 'recommend', '--profile', profile])
        name = re.search(r'engagements/\S+/recommendations/[0-9a-z-]+', asked.stdout)
        if name is None:
            print(f'no recommendation: {asked.stdout}{asked.stderr}')
            sample.stop()
            return 1
        values = {'NAME': name.group(0), 'OLD': rulebook, 'NEW': rulebook,
                  'MEMBER': 'members/brumelune'}
        # What wants the directory for itself runs once the server has gone.
        for offline in (False, True):
            if offline:
                sample.stop()
            for invariant, command in commands:
                if ('--data' in command.split()) != offline or command in done:
                    continue
                done.add(command)
                own = {**values, 'DIR': sample.data if offline else rulebook,
                       'FILE': profile if '--profile' in command else ledger}
                begin = time.monotonic()
                result = sample.run(filled(command, own))
                print(f'{invariant} {command}: {result.returncode} '
                      f'({time.monotonic() - begin:.1f} s)', flush=True)
                empty = not result.stdout.strip() and not command.startswith(MAY_BE_EMPTY)
                if result.returncode != 0 or empty:
                    failures += 1
                    print(result.stdout[-2000:] + result.stderr[-2000:])
    print(f'{len(commands)} rows, {len(done)} commands, {failures} failed')
    return 1 if failures or not done else 0


if __name__ == '__main__':
    sys.exit(main())
