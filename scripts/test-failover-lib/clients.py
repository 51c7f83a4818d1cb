"""Clients that change settings, read them and ask for decisions, without a pause, and keep a record of it."""

import http.client
import random
import threading
import time
import uuid
from dataclasses import dataclass

import values
from accounts import token
from check import CHANGED, DECIDED, MAY_CHANGE, READ, Operation
from replicas import DECISIONS, SETTINGS, Connection, service_token

READERS = ASKERS = 2
# Between two requests of a client, in seconds. Privet's own limits do not matter here; the machine has other work.
PAUSE_OF_WRITERS = 0.05
PAUSE = 0.025
# After a 503. Shorter than its Retry-After, so that the gaps are measured exactly.
PAUSE_AFTER_503 = 0.1


@dataclass(frozen=True)
class Sent:
    """A request that was sent, for the report: when its answer came and which."""

    kind: str
    begun: float
    ended: float
    status: int


class Record:
    """What all clients of a set-up have seen."""

    def __init__(self):
        # Only appended to, by all threads.
        self.history = []
        self.sent = []
        self.unexpected = []


class Client(threading.Thread):
    """One client, which uses any of the replicas for each request."""

    def __init__(self, setup, kind, pause):
        super().__init__(daemon=True)
        self.setup, self.kind, self.pause = setup, kind, pause
        self.connections = {}
        self.dice = random.Random()

    def run(self):
        try:
            while not self.setup.is_over.is_set():
                status = self.step(self.connection())
                time.sleep(PAUSE_AFTER_503 if status == 503 else self.pause)
        except Exception as error:  # The thread would end unseen.
            self.setup.record.unexpected.append(f"{self.kind}: {error!r}")

    def connection(self):
        replica = self.dice.choice(self.setup.replicas)
        if replica not in self.connections:
            self.connections[replica] = Connection(replica)
        return self.connections[replica]

    def ask(self, connection, *request, **fields):
        """Sends a request, and notes what came. The answer is None if it was not 200."""
        record, begun = self.setup.record, time.monotonic()
        try:
            answer = connection.ask(*request, **fields)
        except (OSError, http.client.HTTPException) as error:
            record.unexpected.append(f"{self.kind}, {connection.replica.name}: no answer: {error!r}")
            return None, begun, time.monotonic(), 0
        ended = time.monotonic()
        record.sent.append(Sent(self.kind, begun, ended, answer.status))
        if wrong := fault_of(answer):
            record.unexpected.append(f"{self.kind}, {connection.replica.name}: {wrong}")
        return (answer if answer.status == 200 else None), begun, ended, answer.status

    def note(self, *operation):
        self.setup.record.history.append(Operation(*operation))


class Writer(Client):
    """Changes all settings of its own user to one value after the other."""

    def __init__(self, setup, user):
        super().__init__(setup, "changes", PAUSE_OF_WRITERS)
        self.user, self.token = user, token(user)
        self.number = 0

    def step(self, connection):
        self.number = self.number % (values.VALUES - 1) + 1
        value, request = self.number, str(uuid.uuid4())
        body = {"settings": values.settings_of(value)}
        answer, begun, ended, status = self.ask(
            connection, "PUT", SETTINGS, self.token, body, X_Request_Id=request)
        if answer:
            self.note(self.user, begun, ended, CHANGED, value, answer.revision(), request)
        else:
            self.note(self.user, begun, ended, MAY_CHANGE, value, 0, request)
        return status


class Reader(Client):
    """Reads the settings of one user after the other."""

    def __init__(self, setup):
        super().__init__(setup, "reads", PAUSE)
        self.tokens = {user: token(user) for user in setup.users}

    def step(self, connection):
        user = self.dice.choice(self.setup.users)
        answer, begun, ended, status = self.ask(connection, "GET", SETTINGS, self.tokens[user])
        if answer:
            self.note(user, begun, ended, READ, values.value_of(answer.body), answer.revision())
        return status


class Asker(Client):
    """Asks, as a service of the product, what a stranger may do to all users."""

    def __init__(self, setup):
        super().__init__(setup, "decisions", PAUSE)
        self.token, self.stranger = service_token(str(uuid.uuid4())), str(uuid.uuid4())

    def step(self, connection):
        users = self.setup.users
        body = {"checks": [check for user in users for check in values.checks(self.stranger, user)]}
        answer, begun, ended, status = self.ask(connection, "POST", DECISIONS, self.token, body)
        if answer:
            decisions, each = answer.body["decisions"], len(values.ACTIONS)
            for index, user in enumerate(users):
                told = values.told_by(decisions[index * each:(index + 1) * each])
                self.note(user, begun, ended, DECIDED, told)
        return status


class Watcher(Client):
    """Asks whether the process runs, as an orchestrator does. It restarts one that does not answer."""

    def __init__(self, setup):
        super().__init__(setup, "health checks", PAUSE)

    def step(self, connection):
        *_, status = self.ask(connection, "GET", "/health/live")
        if status == 503:
            self.setup.record.unexpected.append(f"{connection.replica.name}: /health/live is 503")
        return status


def start_clients(setup):
    """Starts the clients of a set-up: a writer for each user, readers and askers, and a watcher."""
    clients = [Watcher(setup), *(Writer(setup, user) for user in setup.users)]
    clients += [Reader(setup) for _ in range(READERS)] + [Asker(setup) for _ in range(ASKERS)]
    for client in clients:
        client.start()
    return clients


def fault_of(answer):
    """What is wrong with an answer; None if it is 200, or 503 as the conventions want it."""
    if answer.status == 200:
        return None
    wait = answer.fields["Retry-After"] or ""
    problem = answer.fields["Content-Type"] == "application/problem+json" and answer.body.get("code") == "UNAVAILABLE"
    if answer.status == 503 and problem and wait.isdigit() and int(wait) >= 1:
        return None
    return f"{answer.status}, Retry-After {wait!r}: {answer.body}"
