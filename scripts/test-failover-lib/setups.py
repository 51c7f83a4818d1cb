"""The set-ups that all faults happen to at once: two replicas of Privet each, on a database of their own."""

import threading
import uuid

from accounts import token
from clients import Record, start_clients
from processes import Program, free_port
from replicas import Connection, Replica

REPLICAS = 2
USERS = 3
# The most entries that a page of a user's history has.
PAGE = 200


class Redis:
    """A Redis of the test's own."""

    def __init__(self, folder):
        port = free_port()
        self.url = f"redis://127.0.0.1:{port}"
        self._program = Program(["redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no",
                                 "--dir", folder], f"{folder}/redis.log", as_postgres=True)

    def stop(self):
        self._program.kill()


class SetUp:
    """Replicas, and what clients have seen of them."""

    def __init__(self, name, folder, database_url, redis_url=None):
        self.name = name
        self._start_replica = lambda number: Replica(f"{name} {number}", folder, database_url, redis_url)
        self.replicas = [self._start_replica(number) for number in range(1, REPLICAS + 1)]
        self.users = [str(uuid.uuid4()) for _ in range(USERS)]
        self.record = Record()
        self.is_over = threading.Event()
        self._clients = []

    def start(self):
        for replica in self.replicas:
            replica.wait_until_ready()
        self._clients = start_clients(self)

    def add_replica(self):
        """Starts one more, whose connections are all new, and has the clients use it."""
        replica = self._start_replica(len(self.replicas) + 1)
        replica.wait_until_ready()
        self.replicas.append(replica)

    def stop_clients(self):
        self.is_over.set()
        for client in self._clients:
            client.join()

    def stop(self):
        for replica in self.replicas:
            replica.stop()

    def failures_of_replicas(self):
        """Replicas that have ended, and errors in their logs."""
        ended = [f"{replica.name} has ended" for replica in self.replicas if not replica.runs()]
        return ended + [f"{replica.name}: {line}" for replica in self.replicas for line in replica.errors()]

    def entries(self):
        """The history of each user, oldest entry first, as (request, setting, new value)."""
        return {user: entries_of(Connection(self.replicas[0]), user) for user in self.users}


def entries_of(connection, user):
    """The entries of a user about messaging privacy, oldest first."""
    entries, cursor, bearer = [], "", token(user)
    while cursor is not None:
        path = f"/api/v1/privacy/audit?limit={PAGE}" + (f"&cursor={cursor}" if cursor else "")
        answer = connection.ask("GET", path, bearer)
        if answer.status != 200:
            raise RuntimeError(f"the history: {answer.status} {answer.body}")
        entries += answer.body["entries"]
        cursor = answer.body["next_cursor"]
    return [(entry["request_id"], entry["setting"].removeprefix("messaging."), entry["new_value"])
            for entry in reversed(entries)]
