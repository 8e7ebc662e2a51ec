#!/usr/bin/env python3
"""A log of real decisions, made through gRPC, is verified by code that nobody here wrote; the walk
of docs/auditing.md leads where it says.

    tests/outside/real_log_test.py BUILD_DIRECTORY DECISIONS

At most 1,000 profiles, each different. Verifiers that cannot be had are passed over, and said so.
"""

import os
import re
import subprocess
import sys
import tempfile
import urllib.request

import grpc

import tools

sys.path.insert(0, os.path.join(os.path.dirname(tools.HERE), 'e2e'))
import harness  # pylint: disable=wrong-import-position

ADVISOR = '/aplomb.advisor.v1.AdvisorService/'
PROFILES_MAX = 1000
IN_FLIGHT = 64
NEEDS = ('ECOMMERCE', 'CRM', 'ESIGN')
DEPARTMENTS = ('69', '75', '974', '13', '59', '06', '33', '2A')


def siren(number):
    """A SIREN that nobody has, with its check digit (Luhn)."""
    digits = [9, 9] + [int(d) for d in f'{number:06d}']
    total = sum(sum(divmod(2 * d, 10)) if i % 2 == 1 else d for i, d in enumerate(digits))
    return ''.join(map(str, digits)) + str(-total % 10)


class Advisor:
    """Asks for recommendations, many at a time."""

    def __init__(self, server):
        # pylint: disable=import-outside-toplevel,import-error
        from aplomb.advisor.v1 import advisor_service_pb2, engagement_pb2, recommendation_pb2
        self._requests = advisor_service_pb2
        self._metadata = [('authorization', f'Bearer {server.token}')]
        channel = grpc.insecure_channel(server.address)
        self._open = channel.unary_unary(
            ADVISOR + 'CreateEngagement',
            request_serializer=lambda r: r.SerializeToString(),
            response_deserializer=engagement_pb2.Engagement.FromString)
        self._ask = channel.unary_unary(
            ADVISOR + 'CreateRecommendation',
            request_serializer=lambda r: r.SerializeToString(),
            response_deserializer=recommendation_pb2.Recommendation.FromString)
        self._engagement = engagement_pb2.Engagement

    def _all(self, function, requests):
        """Answers in order, IN_FLIGHT calls at a time."""
        answers = []
        waiting = []
        for request in requests:
            waiting.append(function.future(request, timeout=harness.CALL_SECONDS,
                                           metadata=self._metadata))
            if len(waiting) == IN_FLIGHT:
                answers.append(waiting.pop(0).result())
        return answers + [future.result() for future in waiting]

    def engagements(self, count):
        return [answer.name for answer in self._all(
            self._open, (self._requests.CreateEngagementRequest(
                engagement=self._engagement(siren=siren(i))) for i in range(count)))]

    def recommendations(self, names, count):
        def request(i):
            firm = i % len(names)
            asked = self._requests.CreateRecommendationRequest(parent=names[firm])
            profile = asked.recommendation.profile
            profile.siren = siren(firm)
            profile.department_code = DEPARTMENTS[firm % len(DEPARTMENTS)]
            profile.staff_count = firm
            asked.recommendation.needs.add(need_id=NEEDS[i % len(NEEDS)])
            return asked
        return self._all(self._ask, (request(i) for i in range(count)))


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


def main():
    build, count = os.path.abspath(sys.argv[1]), int(sys.argv[2])
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
        with urllib.request.urlopen(f'http://{http}/checkpoint', timeout=30) as answer:
            write(path('checkpoint.2026-03'), answer.read().decode())

        advisor = Advisor(server)
        names = advisor.engagements(min(count, PROFILES_MAX))
        answers = advisor.recommendations(names, count)
        harness.check(len({answer.name for answer in answers}) == count, 'names are unique')
        for i, answer in enumerate(answers[:: max(1, count // 20)]):
            receipt = path(f'receipt{i}')
            with open(receipt, 'wb') as file:
                file.write(answer.receipt)
            harness.check(answer.receipt, 'no answer without a receipt')
            run([aplomb, 'receipt', 'verify', receipt, '--policy', path('policy')])
        write(path('firm.tlog-proof'), answers[0].receipt.decode())

        # By files over HTTP, with the older checkpoint and all receipts kept.
        report = run([verify, 'fetch', '--from', f'http://{http}', '--dir', path('web'), '--policy',
                      path('policy')])
        kept = [word for i in range(len(answers[:: max(1, count // 20)]))
                for word in ('--receipt', path(f'receipt{i}'))]
        report = run([verify, '--log', path('web'), '--policy', path('policy'), '--old',
                      path('checkpoint.2026-03'), *kept], 10)
        harness.check(re.search(rf'DECISION {count}\b', report), report)
        if fsck is not None:
            for log in (path('web'), f'http://{http}'):
                run([fsck, '-log', log, '-vkey', vkey, '-old', path('checkpoint.2026-03')])
        if package is not None:
            run(tools.rfc9162_command(package, path('web'), vkey, path('checkpoint.2026-03')))
        walk(build, folder, server, http)
        skipped = [name for name, tool in (('tlogfsck', fsck), ('rfc9162', package))
                   if tool is None]
        print(f'real log: {count} decisions verified; passed over: {skipped or "nothing"}')


if __name__ == '__main__':
    main()
