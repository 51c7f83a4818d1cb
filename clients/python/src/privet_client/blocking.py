"""Cached decisions for programs without an event loop, such as Django."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from .decisions import CachedDecisions
from .event_stream import Token

if TYPE_CHECKING:
    from .models import CheckRequest, DecisionResponse

_T = TypeVar("_T")


class BlockingDecisions:
    """`CachedDecisions` in a thread of its own, for any number of other threads.

    The thread starts with the first check, and again in a process that was forked, as servers with worker processes do.
    It ends with the process. `token` is called in that thread and must not block for long. `options` are those of
    `CachedDecisions`.
    """

    def __init__(self, url: str, token: Token, **options: Any) -> None:
        self._make: Callable[[], CachedDecisions] = lambda: CachedDecisions(url, token, **options)
        self._lock = threading.Lock()
        self._process: int | None = None
        self._loop: asyncio.AbstractEventLoop
        self._decisions: CachedDecisions
        # In a forked process the lock might be held by a thread that is not there.
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def decide(self, check: CheckRequest) -> DecisionResponse:
        """Decides one check, like `CachedDecisions.decide`."""
        decisions = self._started()
        return self._wait(decisions.decide(check))

    def decide_all(self, checks: Iterable[CheckRequest]) -> list[DecisionResponse]:
        """Decides several checks, like `CachedDecisions.decide_all`."""
        decisions = self._started()
        return self._wait(decisions.decide_all(checks))

    @property
    def is_live(self) -> bool:
        """Whether answers are kept now."""
        decisions = self._started()

        async def is_live() -> bool:
            return decisions.is_live

        return self._wait(is_live())

    def close(self) -> None:
        """Stops following the feed, and ends the thread. Another check starts it again."""
        with self._lock:
            if self._process != os.getpid():
                return
            self._wait(self._decisions.close())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._process = None

    def _wait(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def _started(self) -> CachedDecisions:
        if self._process == os.getpid():
            return self._decisions
        with self._lock:
            if self._process != os.getpid():
                self._loop = asyncio.new_event_loop()
                thread = threading.Thread(target=self._loop.run_forever, name="privet-decisions", daemon=True)
                thread.start()
                self._decisions = self._make()
                self._wait(self._decisions.__aenter__())
                self._process = os.getpid()
            return self._decisions

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._process = None
