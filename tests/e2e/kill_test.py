#!/usr/bin/env python3
"""kill -9 at any time, under load and while starting: no acknowledged answer is lost or made twice,
every receipt ever handed out still holds, the log never forks, and the server starts again.

    tests/e2e/kill_test.py BUILD_DIRECTORY KILLS

The seed is printed; APLOMB_SEED sets it.
"""

import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import uuid

import grpc

import harness

ADVISOR = 'aplomb.advisor.v1.AdvisorService'
THREADS = 4
# The longest wait until the kill. A start takes some tenths of a second, a decision milliseconds.
LOAD_SECONDS_MAX = 0.2
START_SECONDS_MAX = 0.4
# One in so many kills hits a server that is starting, another one that is being filled.
STARTING_ONE_IN = 5
FIRST_STARTS = 5
# On one command line of aplomb-verify.
RECEIPTS_AT_ONCE = 10_000
# Of older answers, read again after each kill; the newest are all read.
OLDER_READ_AGAIN = 5


def digest(answer):
    return hashlib.sha256(answer.SerializeToString(deterministic=True)).digest()


class Client:
    """Calls a server that may go away at any time."""

    def __init__(self, server):
        # pylint: disable=import-outside-toplevel
        from aplomb.advisor.v1 import advisor_service_pb2, engagement_pb2, recommendation_pb2
        self.requests = advisor_service_pb2
        self._engagement = engagement_pb2.Engagement
        self._recommendation = recommendation_pb2.Recommendation
        self._token = server.token
        self.channel = grpc.insecure_channel(
            server.address, options=[('grpc.max_receive_message_length', 64 << 20),
                                     ('grpc.use_local_subchannel_pool', 1)])

    def _call(self, method, request, answer):
        return self.channel.unary_unary(
            f'/{ADVISOR}/{method}', request_serializer=type(request).SerializeToString,
            response_deserializer=answer.FromString)(
                request, timeout=harness.CALL_SECONDS,
                metadata=[('authorization', f'Bearer {self._token}')])

    def open(self):
        return self._call('CreateEngagement', self.requests.CreateEngagementRequest(),
                          self._engagement).name

    def ask(self, request):
        return self._call('CreateRecommendation', request, self._recommendation)

    def read(self, name):
        return self._call('GetRecommendation',
                          self.requests.GetRecommendationRequest(name=name), self._recommendation)

    def count(self, engagement):
        return self._call('GetEngagement', self.requests.GetEngagementRequest(name=engagement),
                          self._engagement).recommendation_count


class Book:
    """What was asked, and what was answered; receipts are kept as a firm keeps them, in files."""

    def __init__(self, folder):
        self.folder = folder
        self.acknowledged = []  # request, name and digest of the answer
        self.cut_off = []       # requests that got no answer
        self.names = set()
        self.lock = threading.Lock()

    def write(self, request, answer):
        with self.lock:
            number = len(self.acknowledged)
            self.acknowledged.append((request, answer.name, digest(answer)))
            harness.check(answer.name not in self.names, f'{answer.name} was answered twice')
            self.names.add(answer.name)
        harness.check(answer.receipt, f'{answer.name} has no receipt')
        with open(os.path.join(self.folder, f'r{number}'), 'wb') as file:
            file.write(answer.receipt)


def work(client, engagement, book, draw):
    """Asks until the server is gone."""
    while True:
        request = client.requests.CreateRecommendationRequest(
            parent=engagement, request_id=str(uuid.uuid4()))
        request.recommendation.profile.department_code = '69'
        request.recommendation.profile.staff_count = draw.randrange(250)
        request.recommendation.needs.add(need_id='DOMAIN')
        try:
            answer = client.ask(request)
        except grpc.RpcError:
            with book.lock:
                book.cut_off.append(request)
            return
        book.write(request, answer)


def check_answers(client, answers):
    for request, name, known in answers:
        harness.check(digest(client.read(name)) == known, f'{name} reads otherwise')
        harness.check(digest(client.ask(request)) == known, f'{name} was made twice')


def kill_under_load(server, client, engagement, book, draw):
    """One kill, at a moment that the seed chose; returns how many answers there were before."""
    before = len(book.acknowledged)
    threads = [threading.Thread(target=work, args=(client, engagement, book,
                                                   random.Random(draw.random())))
               for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    time.sleep(draw.random() * LOAD_SECONDS_MAX)
    server.kill()
    for thread in threads:
        thread.join()
    client.channel.close()
    return before


def members_of(server):
    printed = subprocess.run(
        [server.program, '--json', 'members', '--server', server.address, '--token-file',
         server.token_file], capture_output=True, text=True, check=True).stdout
    return [json.loads(line)['name'] for line in printed.splitlines()]


def check_first_starts(build, draw, wanted):
    """Kills servers that fill an empty directory; the next start ends the work."""
    for _ in range(FIRST_STARTS):
        seconds = draw.random() * 2 * START_SECONDS_MAX
        with harness.Server(build, first_start_killed_after=seconds) as server:
            harness.check(members_of(server) == wanted,
                          'after a first start that was killed, members are missing')


def check_log(build, server, book):
    """The whole log, as an outsider checks it, with all receipts; and as its operator does."""
    aplomb = os.path.join(build, 'bin/aplomb')

    def run(command, status=0):
        result = subprocess.run(command, cwd=book.folder, capture_output=True, text=True,
                                check=False)
        harness.check(result.returncode == status,
                      f'{command[:6]}: ended with {result.returncode}, not {status}\n'
                      f'{result.stdout[-4000:]}{result.stderr[-4000:]}')
        return result.stdout.strip()

    run([aplomb, 'log', 'export', '--data', server.data, '--dir', 'log'])
    with open(os.path.join(server.data, 'vkey'), encoding='utf-8') as file:
        vkey = file.read().strip()
    with open(os.path.join(book.folder, 'policy'), 'w', encoding='utf-8') as file:
        file.write(f'log {vkey}\nquorum none\n')
    for first in range(0, len(book.acknowledged), RECEIPTS_AT_ONCE):
        last = min(first + RECEIPTS_AT_ONCE, len(book.acknowledged))
        receipts = [word for i in range(first, last) for word in ('--receipt', f'r{i}')]
        run([os.path.join(build, 'bin/aplomb-verify'), '--log', 'log', '--policy', 'policy',
             *receipts], 10)  # 10: consistent, and no witnesses
    found = run([aplomb, 'fsck', '--lang', 'en', '--rebuild', '--data', server.data])
    harness.check(found.endswith(' 0 findings'), found)
    replayed = run([aplomb, 'replay', '--lang', 'en', '--data', server.data])
    harness.check(replayed == f'{len(book.names)} decisions, {len(book.names)} equal byte for '
                              'byte, 0 erased, 0 differing', replayed)


def main():
    build, kills = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    seed = int(os.environ.get('APLOMB_SEED', random.SystemRandom().randrange(1 << 32)))
    print(f'kill_test: APLOMB_SEED={seed}', flush=True)
    draw = random.Random(seed)
    starting = 0
    with tempfile.TemporaryDirectory() as messages, tempfile.TemporaryDirectory() as folder, \
            harness.Server(build) as server:
        check_first_starts(build, draw, members_of(server))
        harness.generate_messages(build, messages)
        book = Book(folder)
        client = Client(server)
        engagements = []
        of_name = {}
        for number in range(kills):
            if number % 10 == 0:
                engagements.append(client.open())
            before = kill_under_load(server, client, engagements[-1], book, draw)
            if draw.randrange(STARTING_ONE_IN) == 0:
                server.start_and_kill(draw.random() * START_SECONDS_MAX)
                starting += 1
            server.start()
            client = Client(server)
            check_answers(client, book.acknowledged[before:])
            if before > 0:
                check_answers(client, draw.choices(book.acknowledged[:before], k=OLDER_READ_AGAIN))
            # What got no answer was made or not; sent again, it is there once.
            for request in book.cut_off:
                answer = client.ask(request)
                if answer.name not in book.names:
                    book.write(request, answer)
            book.cut_off.clear()
        for _, name, _ in book.acknowledged:
            of_name[name.rsplit('/recommendations/', 1)[0]] = of_name.get(
                name.rsplit('/recommendations/', 1)[0], 0) + 1
        for engagement in engagements:
            counted = client.count(engagement)
            harness.check(counted == of_name.get(engagement, 0),
                          f'{engagement}: {counted} counted, {of_name.get(engagement, 0)} known')
        client.channel.close()
        server.stop()
        check_log(build, server, book)
        harness.check(len(book.acknowledged) > kills, 'it was always killed before it answered')
        print(f'kill_test: {kills + starting + FIRST_STARTS} kills, {starting} while starting, '
              f'{FIRST_STARTS} while filling; '
              f'{len(book.acknowledged)} answers, each receipt holds')


if __name__ == '__main__':
    main()
