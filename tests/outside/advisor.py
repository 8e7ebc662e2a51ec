"""Asks a server for recommendations through gRPC, many at a time, for firms that do not exist."""

import collections
import os
import sys

import grpc

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'e2e'))
import harness  # pylint: disable=wrong-import-position

ADVISOR = '/aplomb.advisor.v1.AdvisorService/'
IN_FLIGHT = 64
NEEDS = ('ECOMMERCE', 'CRM', 'ESIGN')
DEPARTMENTS = ('69', '75', '974', '13', '59', '06', '33', '2A')

# What is kept of an answer; whole, 20,000 of them would fill the memory of a small machine.
Answer = collections.namedtuple('Answer', ('name', 'receipt', 'opening_key'))


def _check_digit(digits):
    """That of Luhn, which ends a SIREN and a SIRET."""
    total = sum(sum(divmod(2 * int(d), 10)) if i % 2 == 0 else int(d)
                for i, d in enumerate(reversed(digits)))
    return str(-total % 10)


def siren(number):
    """A SIREN that nobody has."""
    digits = f'99{number:06d}'
    return digits + _check_digit(digits)


def siret(number):
    """The SIRET of its seat."""
    digits = siren(number) + f'{number % 10_000:04d}'
    return digits + _check_digit(digits)


class Advisor:
    """Bears the token of the advisor of the sample server."""

    def __init__(self, server):
        # pylint: disable=import-outside-toplevel,import-error
        from aplomb.advisor.v1 import advisor_service_pb2, engagement_pb2, recommendation_pb2
        self.profiles = set()  # those asked for, as bytes
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

    def _all(self, function, requests, keep):
        """What `keep` makes of each answer, in order, IN_FLIGHT calls at a time."""
        kept = []
        waiting = collections.deque()
        for request in requests:
            waiting.append(function.future(request, timeout=harness.CALL_SECONDS,
                                           metadata=self._metadata))
            if len(waiting) == IN_FLIGHT:
                kept.append(keep(waiting.popleft().result()))
        return kept + [keep(future.result()) for future in waiting]

    def engagements(self, count):
        """Names of engagements, one for each of `count` firms."""
        return self._all(
            self._open, (self._requests.CreateEngagementRequest(
                engagement=self._engagement(siren=siren(i))) for i in range(count)),
            lambda engagement: engagement.name)

    def recommendations(self, names, count):
        """Answers; the firms of `names` ask in turn, each about a profile of its own."""
        def request(i):
            firm = i % len(names)
            asked = self._requests.CreateRecommendationRequest(parent=names[firm])
            profile = asked.recommendation.profile
            profile.siren = siren(firm)
            profile.siret = siret(firm)
            profile.department_code = DEPARTMENTS[firm % len(DEPARTMENTS)]
            profile.staff_count = firm
            self.profiles.add(profile.SerializeToString(deterministic=True))
            asked.recommendation.needs.add(need_id=NEEDS[i % len(NEEDS)])
            return asked
        return self._all(self._ask, (request(i) for i in range(count)),
                         lambda a: Answer(a.name, a.receipt, a.opening_key))
