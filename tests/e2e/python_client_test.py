#!/usr/bin/env python3
"""A Python client (Debian's python3-grpcio) gets the answers that the CLI gets.

    tests/e2e/python_client_test.py BUILD_DIRECTORY
"""

import os
import subprocess
import sys
import tempfile
import time

import grpc
from google.protobuf import json_format

import harness

ADVISOR = 'aplomb.advisor.v1.AdvisorService'
CATALOG = 'aplomb.catalog.v1.CatalogService'


def main():
    build = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as out, harness.Server(build) as server:
        harness.generate_messages(build, out)
        # pylint: disable=import-outside-toplevel
        from aplomb.advisor.v1 import advisor_service_pb2, engagement_pb2, recommendation_pb2
        from aplomb.catalog.v1 import catalog_service_pb2
        from google.rpc import error_details_pb2, error_info_pb2, status_pb2

        channel = grpc.insecure_channel(
            server.address, options=[('grpc.max_receive_message_length', 64 << 20)])
        authorization = [('authorization', f'Bearer {server.token}')]

        def call(service, method, request, answer, metadata=authorization):
            function = channel.unary_unary(f'/{service}/{method}',
                                           request_serializer=type(request).SerializeToString,
                                           response_deserializer=answer.FromString)
            return function(request, timeout=harness.CALL_SECONDS, metadata=metadata)

        catalog = call(CATALOG, 'GetCatalog', catalog_service_pb2.GetCatalogRequest(name='catalog'),
                       catalog_service_pb2.Catalog)
        harness.check(catalog.fictional, 'the sample is fictional')
        harness.check(catalog.offering_count >= 360, f'{catalog.offering_count} offerings')

        engagement = call(
            ADVISOR, 'CreateEngagement',
            advisor_service_pb2.CreateEngagementRequest(
                engagement=engagement_pb2.Engagement(siren='552081317')),
            engagement_pb2.Engagement)
        request = advisor_service_pb2.CreateRecommendationRequest(parent=engagement.name)
        profile = request.recommendation.profile
        profile.siren = '552081317'
        profile.department_code = '69'
        profile.staff_count = 3
        request.recommendation.needs.add(need_id='ECOMMERCE', must_features=['click_collect'])
        answer = call(ADVISOR, 'CreateRecommendation', request, recommendation_pb2.Recommendation)
        harness.check(answer.results[0].rankings[0].bands, 'nothing is ranked')

        # Once more by Get: the same bytes, as far as Python keeps them.
        again = call(ADVISOR, 'GetRecommendation',
                     advisor_service_pb2.GetRecommendationRequest(name=answer.name),
                     recommendation_pb2.Recommendation)
        harness.check(again == answer, 'Get differs from Create')

        # And by the CLI, which is written in C++.
        shown = json_format.ParseDict(server.cli('show', answer.name),
                                      recommendation_pb2.Recommendation())
        harness.check(shown == answer, 'the CLI shows another answer')

        # Errors carry their reasons.
        def details(error):
            status = status_pb2.Status()
            trailers = dict(error.trailing_metadata())
            status.ParseFromString(trailers['grpc-status-details-bin'])
            found = {}
            for detail in status.details:
                for kind in (error_info_pb2.ErrorInfo, error_details_pb2.BadRequest):
                    message = kind()
                    if detail.Unpack(message):
                        found[kind.DESCRIPTOR.name] = message
            return found

        request.recommendation.needs.add(need_id='FLYING')
        request.request_id = 'no uuid'
        try:
            call(ADVISOR, 'CreateRecommendation', request, recommendation_pb2.Recommendation)
            raise AssertionError('a bad request was accepted')
        except grpc.RpcError as error:
            harness.check(error.code() == grpc.StatusCode.INVALID_ARGUMENT, error)
            found = details(error)
            harness.check(found['ErrorInfo'].reason == 'BAD_REQUEST', found)
            fields = {violation.field for violation in found['BadRequest'].field_violations}
            harness.check(fields == {'request_id', 'recommendation.needs[1].need_id'}, fields)
        try:
            call(ADVISOR, 'CreateRecommendation', request, recommendation_pb2.Recommendation,
                 metadata=[])
            raise AssertionError('a call without a token was accepted')
        except grpc.RpcError as error:
            harness.check(error.code() == grpc.StatusCode.UNAUTHENTICATED, error)
            harness.check(details(error)['ErrorInfo'].reason == 'TOKEN_MISSING', error)

        # A token that `aplomb token` draws while the server runs works without a restart.
        drawn = subprocess.run(
            [server.program, 'token', '--data', server.data, '--role', 'AUDITOR', '--subject',
             'vera'], capture_output=True, text=True, timeout=harness.CALL_SECONDS, check=False)
        harness.check(drawn.returncode == 0, drawn.stderr)
        # Longer than kTokenFileCheckInterval.
        time.sleep(1.5)
        again = call(ADVISOR, 'GetRecommendation',
                     advisor_service_pb2.GetRecommendationRequest(name=answer.name),
                     recommendation_pb2.Recommendation,
                     metadata=[('authorization', f'Bearer {drawn.stdout.strip()}')])
        harness.check(again.name == answer.name, 'the new auditor reads something else')
        channel.close()
        harness.check(drawn.stdout.strip() not in server.log(), 'the new token is in the log')
        harness.check(server.token not in server.log(), 'the token is in the log')
        harness.check('552081317' not in server.log(), 'the firm is in the log')
    print('python_client_test: passed')


if __name__ == '__main__':
    main()
