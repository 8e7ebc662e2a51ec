#!/usr/bin/env python3
"""TLS by files: a client that trusts the certificate is served, one that speaks plain text is not.

    tests/e2e/tls_test.py BUILD_DIRECTORY
"""

import os
import subprocess
import sys
import tempfile

import grpc

import harness

CATALOG = 'aplomb.catalog.v1.CatalogService'


def main():
    build = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as out:
        key = os.path.join(out, 'key.pem')
        certificate = os.path.join(out, 'certificate.pem')
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2',
                        '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1',
                        '-keyout', key, '-out', certificate], check=True, capture_output=True)
        with harness.Server(build, ['--tls-cert', certificate, '--tls-key', key]) as server:
            harness.generate_messages(build, out)
            # pylint: disable=import-outside-toplevel
            from aplomb.catalog.v1 import catalog_service_pb2

            def get(channel):
                return channel.unary_unary(
                    f'/{CATALOG}/GetCatalog',
                    request_serializer=catalog_service_pb2.GetCatalogRequest.SerializeToString,
                    response_deserializer=catalog_service_pb2.Catalog.FromString)(
                        catalog_service_pb2.GetCatalogRequest(name='catalog'), timeout=10,
                        metadata=[('authorization', f'Bearer {server.token}')])

            with open(certificate, 'rb') as file:
                credentials = grpc.ssl_channel_credentials(root_certificates=file.read())
            with grpc.secure_channel(server.address, credentials) as channel:
                harness.check(get(channel).fictional, 'no answer over TLS')
            with grpc.insecure_channel(server.address) as channel:
                try:
                    get(channel)
                    raise AssertionError('plain text was served')
                except grpc.RpcError as error:
                    harness.check(error.code() == grpc.StatusCode.UNAVAILABLE, error)
    print('tls_test: passed')


if __name__ == '__main__':
    main()
