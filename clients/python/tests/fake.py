"""A Privet for tests: decisions, the feed and a device's stream as the contract has them, and what a server, a network
or a proxy may do to them."""

from __future__ import annotations

import asyncio
import json
import time
import unittest
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

Mishap: TypeAlias = Callable[[asyncio.StreamWriter], Awaitable[None]]
OPEN = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Fake:
    """`async with Fake() as fake`."""

    #: Seconds between beats.
    beat: float = 0.02
    beats: bool = True
    #: Whether answers have a cursor. They have none while another replica has a newer catalogue.
    sends_cursor: bool = True
    #: Seconds between a change and its being told.
    lag: float = 0.0
    tokens: set[str] = field(default_factory=lambda: {"token"})
    requests: list[Request] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    #: What happens to the next request of a path, in place of an answer.
    mishaps: list[tuple[str, Mishap]] = field(default_factory=list)
    #: Seconds before a decision is read, and before its answer is sent.
    delays: Callable[[], tuple[float, float]] = lambda: (0.0, 0.0)

    async def __aenter__(self) -> Fake:
        self._versions: dict[str, int] = {}
        self._catalogue = 0
        self._told: list[dict[str, Any]] = []
        self._earliest = 0
        self._streams: dict[asyncio.StreamWriter, int] = {}
        self._devices: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self._beating = asyncio.create_task(self._beat())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._beating.cancel()
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()

    @property
    def streams(self) -> int:
        return len(self._streams) + len(self._devices)

    def truth(self, viewer: str, subject: str) -> int:
        """What a decision about the two is now. It grows with each change."""
        return self._catalogue + self._versions.get(viewer, 0) + self._versions.get(subject, 0)

    def change(self, user: str) -> None:
        self._versions[user] = self._versions.get(user, 0) + 1
        self._tell({"user_id": user, "kinds": ["messaging"], "at": "2026-01-31T10:30:45Z"})

    def change_all(self) -> None:
        self._catalogue += 1
        self._tell({"all": True, "kinds": ["catalogue"], "at": "2026-01-31T10:30:45Z"})

    def tell_devices(self, data: object) -> None:
        for device in self._devices:
            device.write(f"data: {json.dumps(data)}\n\n".encode())

    def expire(self) -> None:
        """Forgets what was told, as retention does."""
        self._earliest = len(self._told)

    def cut(self) -> None:
        """Cuts every stream, as a network does."""
        for stream in [*self._streams, *self._devices]:
            stream.transport.abort()

    def end(self, retry: int) -> None:
        """Ends every stream, as a server does that stops."""
        for stream in [*self._streams, *self._devices]:
            stream.write(f"retry: {retry}\n\n".encode())
            stream.close()
            self._streams.pop(stream, None)
            self._devices.discard(stream)

    def _tell(self, change: dict[str, Any]) -> None:
        def tell() -> None:
            self._told.append(change)
            for stream in self._streams:
                self._flush(stream)

        asyncio.get_running_loop().call_later(self.lag, tell)

    def _flush(self, stream: asyncio.StreamWriter) -> None:
        start = self._streams[stream]
        for number, change in enumerate(self._told[start:], start + 1):
            stream.write(f"id: c{number}\ndata: {json.dumps(change)}\n\n".encode())
        self._streams[stream] = len(self._told)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self.beat)
            for stream in self._streams if self.beats else ():
                stream.write(b'data: {"type": "caught_up"}\n\n')
            for device in self._devices if self.beats else ():
                device.write(b": beat\n\n")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            request = await _read(reader)
            self.requests.append(request)
            await self._handle(request, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._streams.pop(writer, None)
            self._devices.discard(writer)
            writer.close()

    async def _handle(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for index, (path, mishap) in enumerate(self.mishaps):
            if request.path.endswith(path):
                del self.mishaps[index]
                return await mishap(writer)
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return problem(writer, 401, "UNAUTHORIZED", "Token has expired")
        if request.path == "/api/v1/privacy/decisions":
            return await self._decide(json.loads(request.body)["checks"], writer)
        if request.path == "/api/v1/users/me/changes":
            writer.write(OPEN)
            self._devices.add(writer)
            self._send_state(writer)
            await reader.read()
            return None
        if request.path != "/api/v1/privacy/changes":
            return problem(writer, 404, "NOT_FOUND", "Not found")
        after = request.headers.get("last-event-id") or request.query.get("after", "now")
        start = {"now": len(self._told), "earliest": self._earliest}.get(after)
        start = int(after.removeprefix("c")) if start is None else start
        if start < self._earliest:
            return problem(writer, 410, "CURSOR_EXPIRED", "The cursor is too old")
        if request.headers["accept"] != "text/event-stream":
            return answer(writer, 200, {"changes": [], "next": f"c{start}", "caught_up": True})
        writer.write(OPEN)
        self._streams[writer] = start
        self._flush(writer)
        await reader.read()
        return None

    def _send_state(self, writer: asyncio.StreamWriter) -> None:
        etags = {"account": '"a"', "email": '"e"', "messaging": '"m"', "preferences": '"p"'}
        writer.write(f"data: {json.dumps({'type': 'state', 'etags': etags})}\n\n".encode())

    async def _decide(self, checks: list[dict[str, str]], writer: asyncio.StreamWriter) -> None:
        self.batches.append(len(checks))
        for index, check in enumerate(checks):
            if check["action"] == "unknown":
                errors = [{"field": f"checks[{index}].action", "message": "no such action"}]
                return problem(writer, 400, "INVALID_REQUEST", "no such action", errors=errors)
        before, after = self.delays()
        await asyncio.sleep(before)
        cursor = f"Privet-Cursor: c{len(self._told)}\r\n" if self.sends_cursor else ""
        decisions = [{"allowed": True, "reason": str(self.truth(it["viewer"], it["subject"]))} for it in checks]
        await asyncio.sleep(after)
        answer(writer, 200, {"decisions": decisions}, cursor)


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    parts = urlsplit(target)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, parts.path, query, headers, body)


def answer(writer: asyncio.StreamWriter, status: int, body: object, fields: str = "") -> None:
    text = json.dumps(body).encode()
    kind = "application/json" if status == 200 else "application/problem+json"
    writer.write(
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: {kind}\r\nContent-Length: {len(text)}\r\n"
        f"Connection: close\r\n{fields}\r\n".encode() + text
    )


def problem(writer: asyncio.StreamWriter, status: int, code: str, detail: str, fields: str = "", **more: Any) -> None:
    answer(writer, status, {"status": status, "code": code, "detail": detail, **more}, fields)


def mishap(status: int, code: str, detail: str = "", fields: str = "") -> Mishap:
    """A problem in place of an answer."""

    async def send(writer: asyncio.StreamWriter) -> None:
        problem(writer, status, code, detail, fields)

    return send


def stream(data: bytes, size: int = 0, *, stays: bool = False) -> Mishap:
    """These bytes as a stream, in parts of a size."""

    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(OPEN)
        for start in range(0, len(data), size or len(data)):
            writer.write(data[start : start + (size or len(data))])
            await writer.drain()
            await asyncio.sleep(0)
        if stays:
            await asyncio.sleep(10)

    return send


class Case(unittest.IsolatedAsyncioTestCase):
    """Tests in an event loop."""

    async def asyncSetUp(self) -> None:
        # Its bookkeeping takes longer than what is tested.
        asyncio.get_running_loop().set_debug(False)


async def eventually(holds: Callable[[], bool], what: str = "it holds") -> None:
    """Waits until this holds."""
    deadline = time.monotonic() + 10
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"never: {what}")
        await asyncio.sleep(0.005)
