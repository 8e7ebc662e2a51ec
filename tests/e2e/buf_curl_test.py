#!/usr/bin/env python3
"""`buf curl`, a client that nobody here wrote, gets by reflection the answers that the CLI gets.

    tests/e2e/buf_curl_test.py BUILD_DIRECTORY

Status 3 if buf is not there and cannot be had: nothing was checked.
"""

import json
import os
import subprocess
import sys
import tempfile

from google.protobuf import json_format

import harness

BUF = os.path.join(harness.SOURCE, 'tests', 'tools', 'buf')
ADVISOR = 'aplomb.advisor.v1.AdvisorService'


def main():
    build = os.path.abspath(sys.argv[1])
    if subprocess.run([BUF, '--version'], capture_output=True, check=False).returncode != 0:
        print('buf_curl_test: buf cannot be had; nothing was checked')
        sys.exit(3)
    with tempfile.TemporaryDirectory() as out, harness.Server(build) as server:
        harness.generate_messages(build, out)
        # pylint: disable=import-outside-toplevel
        from aplomb.advisor.v1 import recommendation_pb2

        def curl(method, request, token=server.token):
            header = ['-H', f'authorization: Bearer {token}'] if token else []
            return subprocess.run(
                [BUF, 'curl', '--protocol', 'grpc', '--http2-prior-knowledge', '--reflect',
                 '--reflect-protocol', 'grpc-v1alpha', *header, '-d', json.dumps(request),
                 f'http://{server.address}/{method}'],
                capture_output=True, text=True, timeout=harness.CALL_SECONDS, check=False)

        def call(method, request):
            run = curl(method, request)
            harness.check(run.returncode == 0, f'{method}: {run.stderr}')
            return json.loads(run.stdout)

        # The health check asks for no token, and reflection describes it.
        for service in ('', ADVISOR, 'aplomb.catalog.v1.CatalogService'):
            run = curl('grpc.health.v1.Health/Check', {'service': service}, token='')
            harness.check(run.returncode == 0, f'Health/Check of "{service}": {run.stderr}')
            harness.check(json.loads(run.stdout) == {'status': 'SERVING'}, run.stdout)
        methods = subprocess.run(
            [BUF, 'curl', '--protocol', 'grpc', '--http2-prior-knowledge', '--reflect',
             '--reflect-protocol', 'grpc-v1alpha', '--list-methods', f'http://{server.address}'],
            capture_output=True, text=True, timeout=harness.CALL_SECONDS, check=False)
        harness.check(methods.returncode == 0, methods.stderr)
        for method in ('grpc.health.v1.Health/Check', 'grpc.health.v1.Health/Watch',
                       f'{ADVISOR}/CreateRecommendation'):
            harness.check(method in methods.stdout.split(), f'{method} is not described')

        engagement = call(f'{ADVISOR}/CreateEngagement', {'engagement': {'siren': '552081317'}})
        answer = call(f'{ADVISOR}/CreateRecommendation', {
            'parent': engagement['name'],
            'recommendation': {
                'profile': {'siren': '552081317', 'departmentCode': '974', 'staffCount': 0},
                'needs': [{'needId': 'ECOMMERCE'}],
            },
        })
        parsed = json_format.ParseDict(answer, recommendation_pb2.Recommendation())
        harness.check(parsed.results[0].rankings[0].bands, 'nothing is ranked')
        shown = json_format.ParseDict(server.cli('show', parsed.name),
                                      recommendation_pb2.Recommendation())
        harness.check(shown == parsed, 'the CLI shows another answer')

        # What is wrong is told, with its field.
        run = curl(f'{ADVISOR}/CreateRecommendation', {'parent': engagement['name']})
        harness.check(run.returncode != 0, 'a request without needs was accepted')
        harness.check('invalid_argument' in run.stderr, run.stderr)
        run = curl(f'{ADVISOR}/ListEngagements', {}, token='')
        harness.check('unauthenticated' in run.stderr, run.stderr)
        run = curl(f'{ADVISOR}/ListEngagements', {}, token='x' * 40)
        harness.check('unauthenticated' in run.stderr, run.stderr)
    print('buf_curl_test: passed')


if __name__ == '__main__':
    main()
