#!/usr/bin/env python3
"""A log made by tests, checked by code that nobody here wrote: what is sound passes, what was
forged or forked is refused.

    tests/outside/made_log_test.py BUILD_DIRECTORY MAKE_LOG_FILES

Status 3 if not a single outside verifier can be had: nothing was checked.
"""

import os
import subprocess
import sys
import tempfile

import tools

SIZES = (11, 256, 257, 1000)


def main():
    build, make_log = sys.argv[1:3]
    fsck = tools.build_tlogfsck(build)
    package = tools.install_rfc9162(build)
    failures = []
    checked = 0

    def expect(name, command, holds):
        nonlocal checked
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        checked += 1
        if (result.returncode == 0) != holds:
            failures.append(f'{name}: ended with {result.returncode}\n{result.stdout}'
                            f'{result.stderr}')

    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([make_log, folder, str(size)], check=True)

            def path(name, folder=folder):
                return os.path.join(folder, name)

            with open(path('vkeys'), encoding='utf-8') as file:
                vkeys = file.read().split()
            receipt = [path('receipt'), path('entry')]
            if fsck is not None:
                def go(log, *more, vkeys=vkeys):
                    return [fsck, '-log', log, '-vkey', ','.join(vkeys), *more]
                with_receipt = ['-receipt', path('receipt'), '-entry', path('entry')]
                expect(f'go, {size}', go(path('log'), '-old', path('old'), *with_receipt), True)
                expect(f'go, {size}, fork', go(path('log'), '-old', path('forked')), False)
                expect(f'go, {size}, forged entry', go(path('leaf')), False)
                # The forgery that TileHashReader lets through: entry and leaf hash agree.
                expect(f'go, {size}, forged entry and leaf hash', go(path('forgery')), False)
                expect(f'go, {size}, receipt of another entry',
                       go(path('log'), '-receipt', path('receipt'), '-entry', path('policy')),
                       False)
                expect(f'go, {size}, another key', [fsck, '-log', path('log'), '-vkey', vkeys[1]],
                       False)
            if package is not None:
                def node(log, *more, vkeys=vkeys, old=path('old')):
                    return tools.rfc9162_command(package, log, vkeys[0], old, *more)
                expect(f'rfc9162, {size}', node(path('log'), *receipt), True)
                expect(f'rfc9162, {size}, fork', node(path('log'), old=path('forked')), False)
                expect(f'rfc9162, {size}, forged entry', node(path('leaf')), False)
                expect(f'rfc9162, {size}, forged entry and leaf hash', node(path('forgery')), False)
                expect(f'rfc9162, {size}, receipt of another entry',
                       node(path('log'), path('receipt'), path('policy')), False)

    if checked == 0:
        sys.exit(3)
    for failure in failures:
        print(failure)
    print(f'outside: {checked} checks, {len(failures)} wrong')
    sys.exit(1 if failures else 0)


if __name__ == '__main__':
    main()
