"""Changes of all users, for the product's services: GET /api/v1/privacy/changes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import httpx

from .backoff import FIRST
from .errors import PrivetError, ProtocolError
from .event_stream import SILENCE, Attempts, OnRetry, Token, bearer, log_retry, read_events

if TYPE_CHECKING:
    from . import models

@dataclass(frozen=True, slots=True)
class Change:
    """Forget what you keep that names this user, as viewer or as subject."""

    #: None: all users. The catalogue changed.
    user_id: str | None
    #: What changed: `account`, `email`, `messaging`, `preferences`, `contacts`, `blocks`, `follows`, `exceptions`,
    #: `cohorts`, `erased`, `catalogue`. Later releases may have more kinds.
    kinds: tuple[str, ...]
    #: RFC 3339.
    at: str
    #: A later watch that begins here is told what follows.
    cursor: str | None


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """Every change that the feed has was told. Comes every 15 s if nothing changes."""

    cursor: str | None


FeedEvent: TypeAlias = Change | CaughtUp

_PATH = "/api/v1/privacy/changes"


def watch_changes(
    url: str,
    token: Token,
    *,
    after: str = "now",
    silence: float = SILENCE,
    first_retry: float = FIRST,
    on_retry: OnRetry = log_retry,
) -> AbstractAsyncContextManager[AsyncGenerator[FeedEvent, None]]:
    """Tells every change, at least once, in an order that is the same for everybody.

    `token` needs the scope `privacy:watch`. `after` is a cursor, `earliest` or `now`. The watch connects again by
    itself, and misses nothing then. It fails with a `PrivetError` if `after` is too old (`CURSOR_EXPIRED`: forget
    everything, and watch from `now`), or if the token is refused.

        async with watch_changes(url, token) as changes:
            async for event in changes: ...
    """
    return aclosing(_watch(url.rstrip("/") + _PATH, token, after, Attempts(silence, first_retry, on_retry)))


async def _watch(address: str, token: Token, after: str, attempts: Attempts) -> AsyncGenerator[FeedEvent, None]:
    async with httpx.AsyncClient() as client:
        # The position is known before the stream begins, so that a stream that breaks off at once misses nothing.
        start = await _now(client, address, token, attempts) if after == "now" else after
        cursor = None if start == "earliest" else start
        target = address if cursor is not None else f"{address}?after=earliest"
        async with aclosing(read_events(client, target, token, attempts, cursor)) as events:
            async for event_id, data in events:
                cursor = cursor if event_id is None else event_id
                if told := _feed_event(data, cursor):
                    yield told


async def _now(client: httpx.AsyncClient, address: str, token: Token, attempts: Attempts) -> str:
    """The cursor of this moment."""
    while True:
        try:
            headers = {"Accept": "application/json", "Authorization": await bearer(token)}
            response = await client.get(f"{address}?after=now&limit=1", headers=headers, timeout=attempts.timeout)
            if response.status_code != 200:
                raise PrivetError(response)
            cursor = response.json().get("next")
            if not isinstance(cursor, str):
                raise ProtocolError("the answer has no cursor")
            attempts.succeeded()
            return cursor
        except Exception as error:
            await attempts.after(error)


def _feed_event(data: dict[str, Any], cursor: str | None) -> FeedEvent | None:
    """None for an event of a type that a later release added."""
    if data.get("type") == "caught_up":
        return CaughtUp(cursor)
    if isinstance(data.get("user_id"), str):
        change = cast("models.UserChangeResponse", data)
        return Change(change["user_id"], tuple(change.get("kinds", ())), change.get("at", ""), cursor)
    if data.get("all") is True:
        everybody = cast("models.CatalogueChangeResponse", data)
        return Change(None, tuple(everybody.get("kinds", ())), everybody.get("at", ""), cursor)
    # A change that cannot be read must not be passed over.
    if not isinstance(data.get("type"), str):
        raise ProtocolError("an event is neither a change nor of a known type")
    return None
