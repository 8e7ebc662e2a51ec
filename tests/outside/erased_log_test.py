#!/usr/bin/env python3
"""Everything that is personal in a log is erased: the log verifies as before, receipts hold, what
was found by making decisions again stands, and no file holds a key or what a firm told.

    tests/outside/erased_log_test.py BUILD_DIRECTORY FIRMS
"""

import os
import re
import sys
import tempfile

import tools
from advisor import Advisor, harness, siren, siret
from real_log_test import read, run, write

DECISIONS_PER_FIRM = 3


def files_below(folder):
    for where, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(where, name), 'rb') as file:
                yield os.path.join(where, name), file.read()


def found(folder, needles):
    """Which of the byte strings stand in any file below the folder, compressed ones aside."""
    pattern = re.compile(b'|'.join(re.escape(needle) for needle in needles))
    return {match for _, content in files_below(folder) for match in pattern.findall(content)}


def halves(keys):
    """RocksDB cuts records at the end of a block of its write-ahead log: one half stays whole."""
    return {half for key in keys for half in (key[:16], key[16:])}


def entries(log):
    return {path[len(log):]: content for path, content in files_below(log) if '/entries/' in path}


def main():
    build, firms = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    count = firms * DECISIONS_PER_FIRM
    fsck = tools.build_tlogfsck(build)
    package = tools.install_rfc9162(build)
    verify = os.path.join(build, 'bin/aplomb-verify')
    aplomb = os.path.join(build, 'bin/aplomb')
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as messages, \
            harness.Server(build) as server:
        harness.generate_messages(build, messages)

        def path(name):
            return os.path.join(folder, name)

        def command(*words):
            return run([aplomb, *words[:1], '--lang', 'en', *words[1:], '--data',
                        server.data]).strip()

        def export(name):
            run([aplomb, 'log', 'export', '--data', server.data, '--dir', path(name)])
            return path(name)

        advisor = Advisor(server)
        names = advisor.engagements(firms)
        answers = advisor.recommendations(names, count)
        receipts = []
        for i, answer in enumerate(answers):
            with open(path(f'receipt{i}'), 'wb') as file:
                file.write(answer.receipt)
            receipts += ['--receipt', f'receipt{i}']
        keys = {answer.opening_key for answer in answers}
        harness.check(len(keys) == count and all(len(key) == 32 for key in keys),
                      'each answer has a key of its own')
        told = {text.encode() for i in range(firms) for text in (siren(i), siret(i))}
        write(path('policy'), f'log {read(os.path.join(server.data, "vkey")).strip()}\n'
                              'quorum none\n')
        server.stop()

        # What an auditor finds, and keeps, before.
        before = export('before')
        replayed = command('replay')
        harness.check(replayed == f'{count} decisions, {count} equal byte for byte, 0 erased, '
                                  '0 differing', replayed)
        # The search finds what is there: every key, and the public id of each engagement.
        harness.check(len(found(server.data, keys)) >= count * 9 // 10
                      and len(found(server.data, halves(keys))) >= count,
                      'keys are not found where they must be: the search is blind')
        ids = {name.split('/')[1].encode() for name in names}
        harness.check(found(server.data, ids), 'no engagement is found: the search is blind')
        harness.check(not found(server.data, told), 'what a firm told lies open on the disk')

        for name in names:
            erased = command('erase', '--tier', 'all', '--engagement', name.split('/')[1])
            harness.check(erased.startswith('erased; entry '), erased)
        log = export('after')

        replayed = command('replay')
        harness.check(replayed == f'{count} decisions, 0 equal byte for byte, {count} erased, '
                                  '0 differing', replayed)
        report = command('fsck', '--rebuild')
        # Of each decision what the firm told and what auditors read, of each engagement the former.
        harness.check(f' {2 * count + firms} erased, ' in report
                      and report.endswith(' 0 findings'), report)
        # The log that the decisions were made again from is a prefix of this one, entry by entry,
        # so what was found then stands; and so does each receipt.
        old = os.path.join(before, 'checkpoint')
        vkey = read(os.path.join(server.data, 'vkey')).strip()
        report = run([verify, '--log', log, '--policy', path('policy'), '--old', old, *receipts],
                     10, cwd=folder)
        harness.check(re.search(rf'DECISION {count}\b', report), report)
        harness.check(re.search(rf'ERASURE {firms}\b', report), report)
        if fsck is not None:
            run([fsck, '-log', log, '-vkey', vkey, '-old', old])
        if package is not None:
            run(tools.rfc9162_command(package, log, vkey, old))
        now = entries(log)
        for name, content in entries(before).items():
            bundle = now[name] if name in now else next(
                new for path_now, new in now.items()
                if path_now.startswith(name.split('.p')[0]))
            harness.check(bundle.startswith(content), f'{name} has other entries than before')

        left = found(server.data, halves(keys))
        harness.check(not left, f'{len(left)} halves of keys are left in {server.data}')
        for where in (server.data, log):
            harness.check(not found(where, told), f'what a firm told is in {where}')
        harness.check(not any(text.decode() in server.log() for text in told),
                      'what a firm told is in what the server printed')

        # It goes on.
        server.start()
        again = Advisor(server)
        harness.check(len(again.recommendations(again.engagements(1), 1)) == 1, 'it answers')
        server.stop()
        replayed = command('replay')
        harness.check(replayed == f'{count + 1} decisions, 1 equal byte for byte, {count} erased, '
                                  '0 differing', replayed)
        print(f'erased log: {firms} engagements with {count} decisions erased; every receipt '
              'holds, nothing that was told and no key is left')


if __name__ == '__main__':
    main()
