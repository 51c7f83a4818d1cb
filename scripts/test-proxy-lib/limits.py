"""Single requests through the proxy, and what limits them."""

import json
import socket
import time
import uuid

from accounts import token
from curl import NoAnswer
from world import FAILURES, wait_until

PREFERENCES = "/api/users/me/preferences/"
DECISIONS = "/api/v1/privacy/decisions"
IMPORT = "/api/v1/admin/import"
# The largest bodies that Privet takes, of a user and of a service, in bytes.
LARGEST_BODY = 64 * 1024
LARGEST_BATCH = 1024 * 1024
# How long clients may take for a head (HAProxy) and for a body (Privet), in seconds.
SLOWEST = 10


def slow_checks():
    """Checks that take seconds, and make no change that services are told."""
    return [failed_authentications_count_for_the_clients_own_address, nobody_sends_a_head_or_a_body_slowly]


def quick_checks():
    return [the_versions_of_http, metrics_are_not_public, users_bodies_are_limited_by_privet, batches_are_limited_by_privet,
            imports_have_any_length, a_head_is_limited_by_the_proxy, an_address_has_a_hundred_connections_with_tls]


def the_versions_of_http(world):
    plain, with_tls = world.clients()
    for client in (plain, with_tls):
        answer = client.ask("/health/ready")
        assert (answer.version, answer.status) == (client.version, 200), f"{answer.version} {answer}"
        is_strict = "strict-transport-security" in answer.fields
        assert is_strict == (client is with_tls), answer.fields
    proxy = world.proxy
    answer = plain.ask("/health/ready?a=b", base=f"http://{proxy.host}:{proxy.to_https}")
    assert answer.status == 308 and answer.fields["location"].startswith("https://"), answer
    assert answer.fields["location"].endswith("/health/ready?a=b"), answer.fields


def metrics_are_not_public(world):
    for client in world.clients():
        for path in ("/metrics", "/metrics/", "/%6detrics", "/m%65trics/"):
            answer = client.ask(path)
            assert answer.status == 404 and answer.json()["code"] == "NOT_FOUND", f"{path}: {answer}"


def users_bodies_are_limited_by_privet(world):
    body = b'{"theme.mode": "dark"}'
    for client in world.clients():
        user = token(str(uuid.uuid4()))
        answer = client.ask(PREFERENCES, user, "PATCH", body.ljust(LARGEST_BODY))
        assert answer.status == 200, answer
        answer = client.ask(PREFERENCES, user, "PATCH", body.ljust(LARGEST_BODY + 1))
        assert answer.status == 413 and "detail" in answer.json(), answer


def batches_are_limited_by_privet(world):
    check = {"viewer": str(uuid.uuid4()), "subject": str(uuid.uuid4()), "action": "view_profile"}
    body = json.dumps({"checks": [check]}).encode()
    service = token(str(uuid.uuid4()), "privacy:decide")
    for client in world.clients():
        answer = client.ask(DECISIONS, service, "POST", body.ljust(LARGEST_BATCH))
        assert answer.status == 200 and "privet-cursor" in answer.fields, answer
        answer = client.ask(DECISIONS, service, "POST", body.ljust(LARGEST_BATCH + 1))
        assert answer.status == 413 and answer.json()["code"] == "PAYLOAD_TOO_LARGE", answer


def imports_have_any_length(world):
    service = token(str(uuid.uuid4()), "users:import")
    for client in world.clients():
        users = [json.dumps({"user": str(uuid.uuid4()), "settings": {"account.is_private": True}}) for _ in range(50)]
        # Each line as long as it may be, together three times as long as the largest body.
        body = "".join(f"{user:<{LARGEST_BODY - 1}}\n" for user in users).encode()
        answer = client.ask(IMPORT, service, "POST", body, media_type="application/x-ndjson")
        assert answer.status == 200, answer
        counts = json.loads(answer.body.splitlines()[-1])["counts"]
        assert counts["created"] == len(users) and counts["invalid"] == 0, counts


def a_head_is_limited_by_the_proxy(world):
    client = world.client()
    assert client.ask("/health/ready", X_Filler="x" * 12_000).status == 200
    answer = client.ask("/health/ready", X_Filler="x" * 16_000)
    # Privet would answer as application/problem+json.
    assert answer.status == 400 and "json" not in answer.fields.get("content-type", ""), answer


def an_address_has_a_hundred_connections_with_tls(world):
    first, other = world.client(with_tls=True), world.client(with_tls=True)
    connections = [connect(world, world.proxy.tls, first.address) for _ in range(100)]
    try:
        # A connection is open before the proxy counts it, and each of its threads counts its own.
        wait_until(lambda: world.proxy.connections_with_tls(first.address) == 100, 5, "the proxy has counted the connections")
        assert not is_answered(first), "the 101st connection of an address was accepted"
        assert other.ask("/health/ready").status == 200
    finally:
        for connection in connections:
            connection.close()
    wait_until(lambda: is_answered(first), 5, "the address is answered again")


def failed_authentications_count_for_the_clients_own_address(world):
    good = token(str(uuid.uuid4()))
    for client in world.clients():
        # Addresses that the client makes up change nothing.
        answers = [client.ask(PREFERENCES, "wrong", X_Forwarded_For=f"198.51.100.{number}, 203.0.113.{number}")
                   for number in range(FAILURES + 2)]
        statuses = [answer.status for answer in answers]
        assert statuses == [401] * FAILURES + [429] * 2, statuses
        assert client.ask(PREFERENCES, good).status == 200
    for client in world.clients():
        answer = client.ask(PREFERENCES, "wrong")
        assert answer.status == 401, answer


def nobody_sends_a_head_or_a_body_slowly(world):
    """A slow head is the proxy's to refuse, a slow body Privet's, which says so in its own format."""
    client = world.client()
    head = f"GET {PREFERENCES} HTTP/1.1\r\nHost: privet\r\n"
    whole = (f"PATCH {PREFERENCES} HTTP/1.1\r\nHost: privet\r\nAuthorization: Bearer {token(str(uuid.uuid4()))}\r\n"
             "Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{")
    for sent, has_detail in ((head, False), (whole, True)):
        begun = time.monotonic()
        with connect(world, world.proxy.plain, client.address) as connection:
            connection.settimeout(SLOWEST * 3)
            connection.sendall(sent.encode())
            answer = connection.recv(65536).decode()
        took = time.monotonic() - begun
        assert answer.startswith("HTTP/1.1 408 "), answer
        assert ('"detail"' in answer) == has_detail, answer
        assert SLOWEST - 1 < took < SLOWEST + 3, f"408 after {took:.1f} s"


def is_answered(client):
    try:
        return client.ask("/health/ready", seconds=5).status == 200
    except NoAnswer:
        return False


def connect(world, port, address):
    return socket.create_connection((world.proxy.host, port), timeout=5, source_address=(address, 0))
