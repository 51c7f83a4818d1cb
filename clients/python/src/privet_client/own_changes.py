"""Changes of a user's own settings, for the user's devices: GET /api/v1/users/me/changes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass
from typing import TypeAlias

import httpx

from .backoff import FIRST
from .errors import PrivetError
from .event_stream import SILENCE, Attempts, OnRetry, Token, log_retry, read_events


# Written by hand: to the OpenAPI document a stream is text.
@dataclass(frozen=True, slots=True)
class State:
    """The tags in force: first, after each reconnection, and when the catalogue or the user's cohorts changed."""

    #: By family: `account`, `email`, `messaging`, `preferences`.
    etags: dict[str, str]


@dataclass(frozen=True, slots=True)
class Changed:
    """A family of settings changed, or `contacts`, `blocks`, `follows` or `exceptions`."""

    family: str
    #: None for relationships.
    etag: str | None


@dataclass(frozen=True, slots=True)
class Erased:
    """The account is erased. Nothing follows."""


OwnChange: TypeAlias = State | Changed | Erased


def watch_own_changes(
    url: str,
    token: Token,
    *,
    silence: float = SILENCE,
    first_retry: float = FIRST,
    on_retry: OnRetry = log_retry,
) -> AbstractAsyncContextManager[AsyncGenerator[OwnChange, None]]:
    """Tells what changed of the settings of the user whose token this is, on any of their devices.

    Read a family again if its tag is not the one that is shown. Relationships have no tags: read them again after each
    `State`. The watch connects again by itself, and ends after `Erased`. It fails with a `PrivetError` if the token is
    refused.
    """
    address = url.rstrip("/") + "/api/v1/users/me/changes"
    return aclosing(_watch(address, token, Attempts(silence, first_retry, on_retry)))


async def _watch(address: str, token: Token, attempts: Attempts) -> AsyncGenerator[OwnChange, None]:
    try:
        async with (
            httpx.AsyncClient() as client,
            aclosing(read_events(client, address, token, attempts)) as events,
        ):
            async for _, data in events:
                match data.get("type"):
                    case "state":
                        yield State(dict(data["etags"]))
                    case "changed":
                        yield Changed(data["family"], data.get("etag"))
                    case "erased":
                        break
    except PrivetError as error:
        # The stream broke off before it told so.
        if not error.is_erased:
            raise
    yield Erased()
