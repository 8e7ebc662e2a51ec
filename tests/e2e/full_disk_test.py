#!/usr/bin/env python3
"""A disk that is really full: the server says so and acknowledges nothing that it cannot keep; with
room again, everything acknowledged is there.

    tests/e2e/full_disk_test.py BUILD_DIRECTORY

The disk is a small file system in memory, mounted where only this test sees it. Status 3 where that
is not allowed: nothing was checked.
"""

import os
import subprocess
import sys
import tempfile
import threading

import grpc

import harness

ADVISOR = 'aplomb.advisor.v1.AdvisorService'
DISK = '96m'
INSIDE = 'APLOMB_TEST_OWN_MOUNTS'
# The database has allocated some room ahead: more goes in than a full disk seems to allow.
CALLS_MAX = 2000
# Many, so that each decision takes much of it.
NEEDS = ['ACCOUNTING', 'BACKUP', 'BOOKING', 'CLOUD', 'COLLAB', 'CRM', 'CYBERAUDIT', 'DELIVERY',
         'DMS', 'DOMAIN', 'ECOMMERCE', 'EINV_EMIT', 'EINV_RECV', 'EMAIL', 'EMAILING', 'ENDPOINT',
         'ERP', 'ESIGN', 'HELPDESK', 'HOSTING', 'SHOWCASE']
# What a caller may be told: that the disk is full, or that the log cannot be written. Never that
# the connection broke, without a word: the server answers those who wait before it ends.
REASONS = {'STORAGE_FULL', 'STORAGE_FAILED'}
# That ask at once when the disk is full.
THREADS = 8


class SmallDisk(harness.Server):
    """A server whose data directory is on a disk of its own."""

    def __init__(self, build, disk):
        self._disk = disk
        super().__init__(build)

    def _launch(self):
        self.data = os.path.join(self._disk, 'data')
        super()._launch()

    def wait_for_the_end(self):
        return self._process.wait(timeout=harness.CALL_SECONDS)


def fill(path):
    """Writes until nothing more goes in."""
    with open(path, 'wb', buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(b'\0' * size)
            except OSError:
                pass


def reason_of(error):
    # pylint: disable=import-outside-toplevel
    from google.rpc import error_info_pb2, status_pb2
    details = dict(error.trailing_metadata() or ()).get('grpc-status-details-bin')
    if details is None:
        return ''
    for detail in status_pb2.Status.FromString(details).details:
        info = error_info_pb2.ErrorInfo()
        if detail.Unpack(info):
            return info.reason
    return ''


class Client:
    """Makes recommendations, which take room, and reads them."""

    def __init__(self, server):
        # pylint: disable=import-outside-toplevel
        from aplomb.advisor.v1 import advisor_service_pb2, engagement_pb2, recommendation_pb2
        self._requests = advisor_service_pb2
        self._engagement = engagement_pb2.Engagement
        self._recommendation = recommendation_pb2.Recommendation
        self._metadata = [('authorization', f'Bearer {server.token}')]
        self._channel = grpc.insecure_channel(
            server.address, options=[('grpc.max_receive_message_length', 64 << 20),
                                     ('grpc.use_local_subchannel_pool', 1)])
        self._request = advisor_service_pb2.CreateRecommendationRequest(
            parent=self._call('CreateEngagement', advisor_service_pb2.CreateEngagementRequest(),
                              self._engagement).name,
            view=advisor_service_pb2.BASIC)
        self._request.recommendation.profile.department_code = '69'
        self._request.recommendation.profile.staff_count = 3
        for need in NEEDS:
            self._request.recommendation.needs.add(need_id=need)

    def _call(self, method, request, answer):
        return self._channel.unary_unary(
            f'/{ADVISOR}/{method}', request_serializer=type(request).SerializeToString,
            response_deserializer=answer.FromString)(
                request, timeout=harness.CALL_SECONDS, metadata=self._metadata)

    def recommend(self):
        return self._call('CreateRecommendation', self._request, self._recommendation).name

    def read(self, name):
        request = self._requests.GetRecommendationRequest(name=name)
        return self._call('GetRecommendation', request, self._recommendation).name


def check_full_disk(build, disk):
    with SmallDisk(build, disk) as server:
        client = Client(server)
        acknowledged = [client.recommend() for _ in range(20)]
        filler = os.path.join(disk, 'filler')
        fill(filler)
        refusals = []

        def ask():
            for _ in range(CALLS_MAX):
                try:
                    acknowledged.append(client.recommend())
                except grpc.RpcError as error:
                    refusals.append(error)
                    return

        threads = [threading.Thread(target=ask) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        harness.check(len(refusals) == THREADS, 'a full disk takes every change')
        told = sorted(f'{refusal.code().name} {reason_of(refusal)}' for refusal in refusals)
        print(f'full_disk_test: after {len(acknowledged)} recommendations: {told}')
        for refusal in refusals:
            # Each call in flight is told why, in words and for machines.
            harness.check(reason_of(refusal) in REASONS, refusal)
            harness.check(
                refusal.code() in (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE),
                refusal)
        harness.check(any('the disk is full' in refusal.details() for refusal in refusals), told)
        # It ends, so that nobody reads from a log that cannot be written, and says why.
        server.wait_for_the_end()
        log = server.log().lower()
        harness.check('no space left' in log or 'storage_full' in log,
                      f'the cause is not told:\n{log}')
        os.remove(filler)
        server.start()
        client = Client(server)
        for name in acknowledged:
            harness.check(client.read(name) == name, f'{name} is lost')
        client.recommend()


def main():
    build = os.path.abspath(sys.argv[1])
    if INSIDE not in os.environ:
        if subprocess.run(['unshare', '--map-root-user', '--mount', 'true'], capture_output=True,
                          check=False).returncode != 0:
            print('full_disk_test: no mounts of one\'s own here; nothing was checked')
            sys.exit(3)
        os.environ[INSIDE] = '1'
        os.execvp('unshare', ['unshare', '--map-root-user', '--mount', sys.executable, '-B',
                              *sys.argv])
    with tempfile.TemporaryDirectory() as out, tempfile.TemporaryDirectory() as disk:
        subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={DISK}', 'tmpfs', disk], check=True)
        try:
            harness.generate_messages(build, out)
            check_full_disk(build, disk)
        finally:
            subprocess.run(['umount', '--lazy', disk], check=True)
    print('full_disk_test: passed')


if __name__ == '__main__':
    main()
