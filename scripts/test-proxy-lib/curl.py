"""Requests through the proxy. curl sends them, because Python's library has no HTTP/2."""

import json
import subprocess
import threading
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """An answer, its body read."""

    version: str
    status: int
    fields: dict
    body: str

    def json(self):
        return json.loads(self.body)

    def __str__(self):
        return f"{self.status} {self.body[:300]}"


class NoAnswer(Exception):
    """The connection was refused or closed, or no answer came in time."""


class Client:
    """A client with an address of its own: HTTP/1.1, or HTTP/2 with TLS."""

    def __init__(self, address, base, certificate=None):
        self.address = address
        self.base = base
        self.version = "HTTP/2" if certificate else "HTTP/1.1"
        self._curl = ["curl", "--silent", "--show-error", "--include", "--interface", address, "--header", "Expect:"]
        self._curl += ["--http2", "--cacert", certificate] if certificate else ["--http1.1"]

    def ask(self, path, bearer=None, method="GET", body=None, base=None, seconds=30, media_type="application/json", **fields):
        """Sends a request with a body of bytes, if one is given, and reads the answer."""
        command = self._command(path, bearer, fields, base) + ["--request", method, "--max-time", str(seconds)]
        if body is not None:
            command += ["--header", f"Content-Type: {media_type}", "--data-binary", "@-"]
        done = subprocess.run(command, input=body or b"", capture_output=True, check=False)
        if done.returncode != 0:
            raise NoAnswer(f"{path}: curl {done.returncode}: {done.stderr.decode()}")
        return parsed(done.stdout.decode())

    def stream(self, path, bearer, **fields):
        """Opens a stream of server-sent events."""
        command = self._command(path, bearer, {"Accept": "text/event-stream", **fields})
        return Stream([*command, "--no-buffer", "--max-time", "300"])

    def _command(self, path, bearer, fields, base=None):
        fields = {name.replace("_", "-"): value for name, value in fields.items()}
        if bearer:
            fields["Authorization"] = f"Bearer {bearer}"
        headers = [word for name, value in fields.items() for word in ("--header", f"{name}: {value}")]
        return [*self._curl, *headers, (base or self.base) + path]


def parsed(text):
    head, _, body = text.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    version, status = first.split(" ")[:2]
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Answer(version, int(status), fields, body)


class Stream:
    """An open stream, read by a thread."""

    def __init__(self, command):
        self.events = []
        self.last_id = None
        self._retries = 0
        self.comments = 0
        self.head = None
        self.ended_after = None
        self._opened = time.monotonic()
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        head = []
        for line in self._process.stdout:
            line = line.decode().rstrip("\r\n")
            if self.head is None:
                head.append(line)
                if line == "":
                    self.head = parsed("\r\n".join(head) + "\r\n")
                continue
            name, _, value = line.partition(":")
            if line == ":":
                self.comments += 1
            elif name == "id":
                self.last_id = value.strip()
            elif name == "retry":
                self._retries += 1
            elif name == "data":
                self.events.append((time.monotonic() - self._opened, json.loads(value)))
        self._process.wait()
        self.ended_after = time.monotonic() - self._opened

    def told(self, **members):
        """Whether an event has these members."""
        return any(members.items() <= event.items() for _, event in self.events)

    def is_open(self):
        return self.ended_after is None

    def ended_by_privet(self):
        """Whether it ended as Privet ends streams: with a second `retry`. HTTP/2 alone does not tell: HAProxy ends what it
        cuts as if it were complete."""
        return not self.is_open() and self._process.returncode == 0 and self._retries == 2

    def close(self):
        self._process.kill()
