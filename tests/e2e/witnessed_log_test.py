#!/usr/bin/env python3
"""The commands about the log against a server with a witness: `log show`, `log tail`, a receipt
that is upgraded once it is cosigned, `--require-witnesses`, and /metrics; as docs/auditing.md,
docs/cli.md and docs/metrics.md have them.

    tests/e2e/witnessed_log_test.py BUILD_DIRECTORY
"""

import glob
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request

import harness

ORIGIN = 'log.example/e2e'


def run(program, *arguments, expect=0):
    """What the program prints; fails unless it ends as expected."""
    done = subprocess.run([program, '--lang', 'en', *arguments], capture_output=True, text=True,
                          timeout=harness.CALL_SECONDS, check=False)
    harness.check(done.returncode == expect,
                  f'{arguments}: status {done.returncode}, not {expect}\n'
                  f'{done.stdout}{done.stderr}')
    return done.stdout


class Witness:
    """`aplomb witness` on a free port."""

    def __init__(self, program, folder, log_key):
        self._process = subprocess.Popen(
            [program, '--lang', 'en', 'witness', '--listen', '127.0.0.1:0',
             '--key', os.path.join(folder, 'witness.key'), '--new-key', 'witness.example/e2e',
             '--state', os.path.join(folder, 'witness'), '--log', log_key],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.key = self._process.stdout.readline().strip()
        self.address = re.search(r'listening on (\S+)', self._process.stderr.readline()).group(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def pause(self):
        """Lets it answer nobody."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self._process.send_signal(signal.SIGCONT)

    def stop(self):
        """Ends it; may be called again."""
        if self._process.poll() is None:
            self._process.terminate()
            self.go_on()
        self._process.wait(timeout=60)


def metrics(address):
    """Name, with labels -> value."""
    with urllib.request.urlopen(f'{address}/metrics', timeout=20) as answer:
        lines = answer.read().decode().splitlines()
    return {line.split(' ')[0]: float(line.split(' ')[1]) for line in lines if line[0] != '#'}


def await_cosigned(address):
    """Waits until witnesses have cosigned the whole log."""
    for _ in range(300):
        if metrics(address).get('aplomb_cosignature_lag_entries') == 0:
            return
        time.sleep(0.1)
    raise AssertionError(f'not cosigned: {metrics(address)}')


def main():
    build = os.path.abspath(sys.argv[1])
    options = ['--origin', ORIGIN, '--http', '127.0.0.1:0']
    with harness.Server(build, options=options) as server:
        program = server.program
        at = ['--server', server.address, '--token-file', server.token_file]
        with open(os.path.join(server.data, 'vkey'), encoding='utf-8') as file:
            log_key = file.read().strip()
        harness.check(log_key.startswith(ORIGIN + '+'), log_key)
        shown = run(program, 'log', 'show', *at)
        harness.check(ORIGIN in shown and log_key in shown, shown)
        server.stop()
        # Of a server that is stopped, from its directory.
        harness.check(run(program, 'log', 'show', '--data', server.data) == shown, 'log show')

        folder = os.path.dirname(server.data)
        with Witness(program, folder, log_key) as witness:
            policy = os.path.join(folder, 'policy')
            with open(policy, 'w', encoding='utf-8') as file:
                file.write(f'log {log_key}\nwitness w {witness.key} http://{witness.address}/\n'
                           'quorum w\n')
            server.options(['--witnesses', policy])
            server.start()
            at = ['--server', server.address, '--token-file', server.token_file]
            http = re.search(r'http://\S+', server.log()).group(0)
            await_cosigned(http)

            # Who reads along sees what comes.
            size = int(metrics(http)['aplomb_log_entries'])
            tail = subprocess.Popen(
                [program, '--json', 'log', 'tail', '--from', str(size), '--follow', *at],
                stdout=subprocess.PIPE, text=True)
            receipt = os.path.join(folder, 'firm.tlog-proof')
            profile = sorted(glob.glob(os.path.join(
                harness.SOURCE, 'catalog', 'sample', 'profiles', '*.yaml')))[0]
            # Else it may have cosigned before the answer is written.
            witness.pause()
            run(program, 'recommend', '--profile', profile, '--receipt', receipt, *at)
            index = size
            while True:
                entry = json.loads(tail.stdout.readline())
                harness.check(int(entry['index']) == index, f'{entry["index"]}, not {index}')
                if entry['type'] == 'DECISION':
                    break
                index += 1
            tail.terminate()
            tail.wait(timeout=60)
            lines = run(program, 'log', 'tail', *at).splitlines()
            harness.check(len(lines) == index + 1, f'{len(lines)} lines of {index + 1}')
            harness.check(lines[index].split()[0] == str(index), lines[index])

            # The first receipt has the log's signature alone; the newer one is witnessed.
            run(program, 'receipt', 'verify', receipt, '--policy', policy)
            run(program, 'receipt', 'verify', receipt, '--policy', policy, '--require-witnesses',
                expect=3)
            witness.go_on()
            await_cosigned(http)
            newer = receipt + '.new'
            run(program, 'receipt', 'refresh', receipt, '--policy', policy, '--out', newer, *at)
            run(program, 'receipt', 'verify', newer, '--policy', policy, '--require-witnesses')
            run(program, 'receipt', 'verify', receipt, '--policy', policy)
            # In place.
            run(program, 'receipt', 'refresh', receipt, '--policy', policy, *at)
            run(program, 'receipt', 'verify', receipt, '--policy', policy, '--require-witnesses')

            # Where answers wait, the first receipt is witnessed.
            server.stop()
            server.options(['--require-witnesses'])
            server.start()
            at = ['--server', server.address, '--token-file', server.token_file]
            run(program, 'recommend', '--profile', profile, '--receipt', receipt, *at)
            run(program, 'receipt', 'verify', receipt, '--policy', policy, '--require-witnesses')
            witness.stop()
            run(program, 'recommend', '--profile', profile, '--receipt', receipt, *at, expect=6)


if __name__ == '__main__':
    main()
