"""Replicas of Privet, and requests to them."""

import http.client
import json
import os
from dataclasses import dataclass

from accounts import token
from cluster import wait_until
from processes import Program, free_port

# Longer than any answer may take. Each call of the database takes PRIVET_DATABASE_TIMEOUT_MS (2 s) at most, and a change
# makes several.
PATIENCE = 15
SETTINGS = "/api/v1/privacy/settings"
DECISIONS = "/api/v1/privacy/decisions"


@dataclass(frozen=True)
class Answer:
    """An answer, its body read."""

    status: int
    fields: object
    body: object

    def revision(self):
        """The number in the entity tag, which is made of the revision and a print of its owner."""
        return int(self.fields["ETag"].strip('"').split("-")[0], 16)


class Replica:
    """A running Privet."""

    def __init__(self, name, folder, database_url, redis_url):
        self.name = name
        self.port = free_port()
        environment = {
            "DATABASE_URL": database_url,
            "PRIVET_JWT_SECRET": os.environ["PRIVET_JWT_SECRET"],
            "PRIVET_LISTEN": f"127.0.0.1:{self.port}",
            "PRIVET_RATE_LIMITS": "off",
            **({"REDIS_URL": redis_url} if redis_url else {}),
        }
        self.log = f"{folder}/{name.replace(' ', '-')}.log"
        self._program = Program([os.environ["PRIVET_PROGRAM"], "serve"], self.log, environment)

    def wait_until_ready(self):
        wait_until(self._is_ready, f"{self.name} is ready", 60)

    def _is_ready(self):
        if not self.runs():
            raise RuntimeError(f"{self.name} has ended: {self._end_of_log()}")
        try:
            return Connection(self).ask("GET", "/health/ready").status == 200
        except OSError:
            return False

    def runs(self):
        return self._program.runs()

    def stop(self):
        self._program.kill()

    def _end_of_log(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-5:])

    def errors(self):
        """Lines of the log that a healthy replica does not write, whatever fails around it."""
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return [line.strip() for line in log if "panicked" in line or "status=500" in line]


class Connection:
    """A connection to a replica, which stays open."""

    def __init__(self, replica):
        self.replica = replica
        self._connection = http.client.HTTPConnection("127.0.0.1", replica.port, timeout=PATIENCE)

    def ask(self, method, path, bearer=None, body=None, **fields):
        """Sends a request. OSError or http.client.HTTPException if no answer comes."""
        fields = {name.replace("_", "-"): value for name, value in fields.items()}
        if bearer:
            fields["Authorization"] = f"Bearer {bearer}"
        if body is not None:
            fields["Content-Type"] = "application/json"
            body = json.dumps(body)
        try:
            self._connection.request(method, path, body, fields)
            answer = self._connection.getresponse()
            read = answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise
        return Answer(answer.status, answer.headers, json.loads(read) if read else None)


def service_token(service):
    return token(service, "privacy:decide")
