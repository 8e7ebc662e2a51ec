#!/usr/bin/env python3
"""Makes the decisions of a log that another build has written again: the same bytes must come out.

    tests/outside/replay_kept.py KEPT APLOMB

KEPT is what tests/outside/real_log_test.py kept; APLOMB is the program of this build.
"""

import os
import shutil
import subprocess
import sys
import tempfile


def main():
    kept, aplomb = sys.argv[1:3]
    with open(os.path.join(kept, 'decisions'), encoding='utf-8') as file:
        count = int(file.read())
    with tempfile.TemporaryDirectory(prefix='aplomb-replay-') as folder:
        data = os.path.join(folder, 'data')
        shutil.copytree(os.path.join(kept, 'data'), data)
        replayed = subprocess.run([aplomb, 'replay', '--lang', 'en', '--data', data],
                                  capture_output=True, text=True, check=False)
    print(f'{aplomb}: {replayed.stdout}{replayed.stderr}', end='')
    wanted = f'{count} decisions, {count} equal byte for byte, 0 erased, 0 differing\n'
    if replayed.returncode != 0 or replayed.stdout != wanted:
        print(f'replay_kept: ended with {replayed.returncode}; wanted: {wanted}', end='')
        sys.exit(1)


if __name__ == '__main__':
    main()
