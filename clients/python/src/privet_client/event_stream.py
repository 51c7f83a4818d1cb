"""Reads server-sent events, connects again whenever the stream ends, and resumes after the last event."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, TypeAlias

import httpx

from .backoff import FIRST, Backoff
from .errors import PrivetError, ProtocolError, StreamEnded, is_temporary
from .event_parser import EventParser

#: Gives the token. It is asked again for every request, so that an expired token can be replaced.
Token: TypeAlias = Callable[[], str | Awaitable[str]]
#: Is told why a stream is opened again, and in how many seconds.
OnRetry: TypeAlias = Callable[[Exception, float], None]

#: Seconds without a byte after which a connection counts as dead. Privet sends a beat every 15 s.
SILENCE = 45.0
#: Tokens that are refused one after the other before the stream fails.
REFUSALS = 3

_log = logging.getLogger("privet_client")


async def bearer(token: Token) -> str:
    """The header field for the token of this moment."""
    current = token()
    return f"Bearer {await current if inspect.isawaitable(current) else current}"


def log_retry(error: Exception, delay: float) -> None:
    """The default of `on_retry`."""
    _log.warning("the stream of changes ended and is opened again in %.1f s: %s", delay, error)


class Attempts:
    """The attempts of one stream: when to try again, and when no more."""

    def __init__(self, silence: float = SILENCE, first_retry: float = FIRST, on_retry: OnRetry = log_retry) -> None:
        self.timeout = httpx.Timeout(10.0, read=silence)
        self.backoff = Backoff(first_retry)
        self._on_retry = on_retry
        self._refused = 0

    def succeeded(self) -> None:
        self._refused = 0
        self.backoff.succeeded()

    async def after(self, error: Exception) -> None:
        """Waits before the next attempt; raises the error if there is none."""
        if not is_temporary(error):
            raise error
        if isinstance(error, PrivetError) and error.status == 401:
            self._refused += 1
            if self._refused >= REFUSALS:
                raise error
        delay = self.backoff.next(error)
        self._on_retry(error, delay)
        await asyncio.sleep(delay)


async def read_events(
    client: httpx.AsyncClient, url: str, token: Token, attempts: Attempts, after: str | None = None
) -> AsyncGenerator[tuple[str | None, dict[str, Any]], None]:
    """Ids and data of events. `after` is sent as `Last-Event-ID`. Fails if an error is not temporary."""
    last = after
    while True:
        failure: Exception = StreamEnded("the server ended the stream")
        try:
            async with aclosing(_read_once(client, url, token, attempts, last)) as events:
                async for event_id, data in events:
                    last = last if event_id is None else event_id
                    attempts.succeeded()
                    yield event_id, data
        except Exception as error:
            failure = error
        await attempts.after(failure)


async def _read_once(
    client: httpx.AsyncClient, url: str, token: Token, attempts: Attempts, last: str | None
) -> AsyncGenerator[tuple[str | None, dict[str, Any]], None]:
    headers = {
        "Accept": "text/event-stream",
        "Accept-Encoding": "identity",
        "Cache-Control": "no-store",
        "Authorization": await bearer(token),
    }
    if last is not None:
        headers["Last-Event-ID"] = last
    async with client.stream("GET", url, headers=headers, timeout=attempts.timeout) as response:
        if response.status_code != 200:
            await response.aread()
            raise PrivetError(response)
        kind = response.headers.get("Content-Type", "")
        if not kind.startswith("text/event-stream"):
            raise StreamEnded(f"the answer is no stream of events: {kind}")
        parser = EventParser()
        async for part in response.aiter_bytes():
            for event in parser.feed(part):
                if event.retry is not None:
                    attempts.backoff.ask(event.retry / 1000)
                if event.data is not None:
                    yield event.id, _object(event.data)


def _object(data: str) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except ValueError:
        raise ProtocolError("an event's data is not JSON") from None
    if not isinstance(value, dict):
        raise ProtocolError("an event's data is not an object")
    return value
