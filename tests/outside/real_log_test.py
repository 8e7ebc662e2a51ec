#!/usr/bin/env python3
"""A log of real decisions, made through gRPC, is verified by code that nobody here wrote, which
refuses it when an entry is forged; each decision can be made again; the walk of docs/auditing.md
leads where it says.

    tests/outside/real_log_test.py BUILD_DIRECTORY DECISIONS [KEPT]

Each decision is for one of 1,000 firms, each with a profile of its own. With KEPT, the data
directory stays in that folder, for other builds to make the decisions again
(tests/outside/replay_kept.py). Verifiers that cannot be had are passed over, and said so.
"""

import hashlib
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import urllib.request

import second_verifier
import tools
from advisor import Advisor, harness

PROFILES_MAX = 1000
SECOND_VERIFIER_MAX = 500
BUNDLE = 256


def run(command, status=0, **options):
    result = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    harness.check(result.returncode == status,
                  f'{command}: ended with {result.returncode}, not {status}\n{result.stdout}'
                  f'{result.stderr}')
    return result.stdout


def write(path, text):
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def walk(build, folder, server, http):
    """Runs the commands of docs/auditing.md as they stand there."""
    os.symlink(os.path.join(harness.SOURCE, 'tests'), os.path.join(folder, 'tests'))
    page = read(os.path.join(harness.SOURCE, 'docs/auditing.md'))
    environment = {**os.environ, 'PATH': f'{build}/bin:{os.environ["PATH"]}'}
    done = 0
    for block in re.findall(r'```sh\n(.*?)```', page, re.S):
        block = block.replace('HOST:PORT', http).replace(' DATA ', f' {server.data} ')
        if 'tlogfsck' in block and tools.build_tlogfsck(build) is None:
            continue
        if block.startswith('aplomb witness'):
            witness = subprocess.Popen(
                ['bash', '-c', f'exec {block.strip()} --listen 127.0.0.1:0'], cwd=folder,
                env=environment, stdout=subprocess.PIPE, text=True)
            harness.check(witness.stdout.readline().startswith('witness.example/me+'),
                          'the witness prints its key')
            witness.terminate()
            witness.wait(timeout=30)
            done += 1
            continue
        if block.startswith('aplomb log export'):
            server.kill()
        # Without witnesses the verdict is 10.
        verdict = 10 if block.startswith('aplomb-verify --log') else 0
        run(['bash', '-c', block], verdict, cwd=folder, env=environment)
        done += 1
        if block.startswith('aplomb log export'):
            server.start()
    harness.check(done >= 6, f'only {done} commands were found')


def tile_path(log, kind, index, size):
    """Of the bundle or level-0 tile that holds an entry, in the directory of files."""
    tile = index // BUNDLE
    name = f'{tile % 1000:03d}'
    while tile >= 1000:
        tile //= 1000
        name = f'x{tile % 1000:03d}/{name}'
    width = min(BUNDLE, size - index // BUNDLE * BUNDLE)
    return os.path.join(log, 'tile', kind, name + ('' if width == BUNDLE else f'.p/{width}'))


def forge(log, index, size, with_hash):
    """Flips a bit of an entry and, if wanted, makes its leaf hash fit. Returns what undoes it."""
    before = {}

    def change(kind, new_bytes):
        path = tile_path(log, kind, index, size)
        with open(path, 'rb') as file:
            before[path] = file.read()
        with open(path, 'wb') as file:
            file.write(new_bytes(before[path]))

    leaf = b''

    def forge_entry(bundle):
        nonlocal leaf
        at = 0
        for _ in range(index % BUNDLE):
            at += 2 + struct.unpack_from('>H', bundle, at)[0]
        length = struct.unpack_from('>H', bundle, at)[0]
        last = at + 2 + length - 1
        forged = bundle[:last] + bytes([bundle[last] ^ 1]) + bundle[last + 1:]
        leaf = hashlib.sha256(b'\0' + forged[at + 2:last + 1]).digest()
        return forged

    change('entries', forge_entry)
    if with_hash:
        at = 32 * (index % BUNDLE)
        change('0', lambda tile: tile[:at] + leaf + tile[at + 32:])

    def undo():
        for path, old_bytes in before.items():
            with open(path, 'wb') as file:
                file.write(old_bytes)
    return undo


def refused(programs, log, size):
    """Every verifier refuses an entry that was forged, alone and with its leaf hash, which is what
    x/mod's TileHashReader lets through (CVE-2026-56865); afterwards the log is as it was."""
    count = 0
    for index in (3, size - 1):  # in a full bundle and in the last
        for with_hash in (False, True):
            undo = forge(log, index, size, with_hash)
            for name, command, status in programs:
                result = subprocess.run(command, capture_output=True, text=True, check=False)
                harness.check(result.returncode == status,
                              f'{name}: entry {index} forged, with its hash: {with_hash}: ended '
                              f'with {result.returncode}, not {status}\n{result.stdout}'
                              f'{result.stderr}')
                count += 1
            undo()
    return count


def change_key(aplomb, verify, server, path, old, receipts):
    """The log changes its key by the operator's commands: both verifiers follow, by the policy of
    the old key while both sign, by that of the new one alone afterwards; older receipts hold."""
    def rotate(*words):
        run([aplomb, 'log', 'rotate-key', '--data', server.data, *words])
        run([aplomb, 'log', 'export', '--data', server.data, '--dir', path('files')])

    def judge(policy, verdict, *more):
        run([verify, '--log', path('files'), '--policy', path(policy), *more], verdict,
            cwd=os.path.dirname(old))
        # Without the kept receipts.
        found, findings = second_verifier.verify(path('files'), read(path(policy)))
        harness.check(found == verdict, f'second verifier: {policy}: {found} {findings}')

    old_line = read(path('policy')).splitlines()[0]
    rotate()
    new_line = f'log {read(os.path.join(server.data, "vkey")).strip()}'
    harness.check(new_line != old_line, 'the key is the old one')
    write(path('both'), f'{old_line}\n{new_line}\nquorum none\n')
    write(path('new'), f'{new_line}\nquorum none\n')
    for policy in ('policy', 'new', 'both'):
        judge(policy, 10)
    judge('both', 10, '--old', old, *receipts)
    rotate('--end')
    judge('policy', 40)
    judge('new', 10)
    judge('both', 10, '--old', old, *receipts)
    run([aplomb, 'receipt', 'verify', path('receipt0'), '--policy', path('policy')])
    found = run([aplomb, 'fsck', '--lang', 'en', '--rebuild', '--data', server.data]).strip()
    harness.check(found.endswith(' 0 findings'), found)


def main():
    build, count = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    kept = sys.argv[3] if len(sys.argv) > 3 else None
    fsck = tools.build_tlogfsck(build)
    package = tools.install_rfc9162(build)
    verify = os.path.join(build, 'bin/aplomb-verify')
    aplomb = os.path.join(build, 'bin/aplomb')
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as messages, \
            harness.Server(build, ['--http', '127.0.0.1:0']) as server:
        harness.generate_messages(build, messages)
        http = re.search(r'http://(127\.0\.0\.1:\d+)', server.log()).group(1)

        def path(name):
            return os.path.join(folder, name)

        vkey = read(os.path.join(server.data, 'vkey')).strip()
        write(path('policy'), f'log {vkey}\nquorum none\n')
        old = path('checkpoint.2026-03')
        with urllib.request.urlopen(f'http://{http}/checkpoint', timeout=30) as answer:
            write(old, answer.read().decode())

        advisor = Advisor(server)
        profiles = min(count, PROFILES_MAX)
        names = advisor.engagements(profiles)
        answers = advisor.recommendations(names, count)
        harness.check(len({answer.name for answer in answers}) == count, 'names are unique')
        harness.check(len(advisor.profiles) == profiles,
                      f'{len(advisor.profiles)} distinct profiles, not {profiles}')
        for i, answer in enumerate(answers):
            harness.check(answer.receipt, 'no answer without a receipt')
            with open(path(f'receipt{i}'), 'wb') as file:
                file.write(answer.receipt)
        for i in range(0, count, max(1, count // 20)):
            run([aplomb, 'receipt', 'verify', path(f'receipt{i}'), '--policy', path('policy')])
        shutil.copyfile(path('receipt0'), path('firm.tlog-proof'))

        # By files over HTTP, with the older checkpoint and all receipts kept.
        log = path('web')
        run([verify, 'fetch', '--from', f'http://{http}', '--dir', log, '--policy',
             path('policy')])
        receipts = [word for i in range(count) for word in ('--receipt', f'receipt{i}')]
        report = run([verify, '--log', log, '--policy', path('policy'), '--old', old, *receipts],
                     10, cwd=folder)
        harness.check(re.search(rf'DECISION {count}\b', report), report)
        size = int(read(os.path.join(log, 'checkpoint')).splitlines()[1])
        programs = [('aplomb-verify', [verify, '--log', log, '--policy', path('policy')], 40)]
        # The verifier that was written from the page of the format; slow, so not over large logs.
        if count <= SECOND_VERIFIER_MAX:
            with open(old, 'rb') as file:
                verdict, findings = second_verifier.verify(log, read(path('policy')), [file.read()])
            harness.check(verdict == 10, f'second verifier: {verdict} {findings}')
        passed_over = []
        if fsck is None:
            passed_over.append('tlogfsck')
        else:
            for where in (log, f'http://{http}'):
                run([fsck, '-log', where, '-vkey', vkey, '-old', old])
            programs.append(('tlogfsck', [fsck, '-log', log, '-vkey', vkey], 1))
        if package is None:
            passed_over.append('rfc9162')
        else:
            command = tools.rfc9162_command(package, log, vkey, old)
            run(command)
            programs.append(('rfc9162', command, 1))
        forgeries = refused(programs, log, size)
        walk(build, folder, server, http)

        server.stop()
        replayed = run([aplomb, 'replay', '--lang', 'en', '--data', server.data]).strip()
        harness.check(replayed == f'{count} decisions, {count} equal byte for byte, 0 erased, '
                                  f'0 differing', replayed)
        found = run([aplomb, 'fsck', '--lang', 'en', '--rebuild', '--data', server.data]).strip()
        harness.check(found.endswith(' 0 findings'), found)
        if count <= SECOND_VERIFIER_MAX:
            change_key(aplomb, verify, server, path, old, receipts)
        if kept is not None:
            shutil.rmtree(kept, ignore_errors=True)
            os.makedirs(kept)
            shutil.copytree(server.data, os.path.join(kept, 'data'))
            write(os.path.join(kept, 'decisions'), f'{count}\n')
        print(f'real log: {size} entries, {count} decisions for {profiles} distinct profiles, '
              f'{count} receipts hold, {count} made again byte for byte, {forgeries} forgeries '
              f'refused; passed over: {", ".join(passed_over) or "nothing"}')


if __name__ == '__main__':
    main()
