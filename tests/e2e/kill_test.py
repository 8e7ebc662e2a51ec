#!/usr/bin/env python3
"""kill -9 at any time loses no acknowledged change, and the same request can be sent again.

    tests/e2e/kill_test.py BUILD_DIRECTORY
"""

import os
import random
import sys
import tempfile
import threading
import time
import uuid

import grpc

import harness

ADVISOR = 'aplomb.advisor.v1.AdvisorService'
ROUNDS = 4
THREADS = 4


def main():
    build = os.path.abspath(sys.argv[1])
    seed = int(os.environ.get('APLOMB_SEED', random.SystemRandom().randrange(1 << 32)))
    print(f'kill_test: APLOMB_SEED={seed}')
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as out, harness.Server(build) as server:
        harness.generate_messages(build, out)
        # pylint: disable=import-outside-toplevel
        from aplomb.advisor.v1 import advisor_service_pb2, engagement_pb2, recommendation_pb2

        def connect():
            channel = grpc.insecure_channel(
                server.address, options=[('grpc.max_receive_message_length', 64 << 20),
                                         ('grpc.use_local_subchannel_pool', 1)])

            def call(method, request, answer):
                return channel.unary_unary(
                    f'/{ADVISOR}/{method}', request_serializer=type(request).SerializeToString,
                    response_deserializer=answer.FromString)(
                        request, timeout=harness.CALL_SECONDS,
                        metadata=[('authorization', f'Bearer {server.token}')])
            return channel, call

        channel, call = connect()
        engagement = call('CreateEngagement', advisor_service_pb2.CreateEngagementRequest(),
                          engagement_pb2.Engagement)
        acknowledged = []  # request and answer
        cut_off = []       # requests that got no answer
        lock = threading.Lock()

        def work(call_now):
            while True:
                request = advisor_service_pb2.CreateRecommendationRequest(
                    parent=engagement.name, request_id=str(uuid.uuid4()))
                request.recommendation.profile.department_code = '69'
                request.recommendation.profile.staff_count = 3
                request.recommendation.needs.add(need_id='DOMAIN')
                try:
                    answer = call_now('CreateRecommendation', request,
                                      recommendation_pb2.Recommendation)
                except grpc.RpcError:
                    with lock:
                        cut_off.append(request)
                    return
                with lock:
                    acknowledged.append((request, answer))

        for _ in range(ROUNDS):
            before = len(acknowledged)
            threads = [threading.Thread(target=work, args=(call,)) for _ in range(THREADS)]
            for thread in threads:
                thread.start()
            while len(acknowledged) < before + 20:
                time.sleep(0.005)
            time.sleep(draw.random() * 0.2)
            server.kill()
            for thread in threads:
                thread.join()
            channel.close()
            server.start()
            channel, call = connect()

        names = set()
        for request, answer in acknowledged:
            again = call('GetRecommendation',
                         advisor_service_pb2.GetRecommendationRequest(name=answer.name),
                         recommendation_pb2.Recommendation)
            harness.check(again == answer, f'{answer.name} reads otherwise')
            repeated = call('CreateRecommendation', request, recommendation_pb2.Recommendation)
            harness.check(repeated == answer, f'{answer.name} was made twice')
            names.add(answer.name)
        # What got no answer was made or not; sent again, it is there once.
        for request in cut_off:
            names.add(call('CreateRecommendation', request,
                           recommendation_pb2.Recommendation).name)
        now = call('GetEngagement', advisor_service_pb2.GetEngagementRequest(name=engagement.name),
                   engagement_pb2.Engagement)
        harness.check(now.recommendation_count == len(names),
                      f'{now.recommendation_count} counted, {len(names)} known')
        channel.close()
        print(f'kill_test: passed; {len(acknowledged)} acknowledged, {len(cut_off)} cut off')


if __name__ == '__main__':
    main()
