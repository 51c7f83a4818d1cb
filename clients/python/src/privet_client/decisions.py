"""Decisions that are kept beside a service until something changes that they depend on."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import httpx

from .answers import Answers, Question
from .backoff import FIRST, Backoff
from .changes import CaughtUp, FeedEvent, watch_changes
from .client import Privet
from .errors import PrivetError, ProtocolError
from .event_stream import SILENCE, OnRetry, Token, log_retry
from .feed import FeedState, Flight

if TYPE_CHECKING:
    from .models import CheckRequest, DecisionResponse

    Waiter = asyncio.Future[DecisionResponse]

#: Checks of one request: the contract's limit.
BATCH = 1_000


@dataclass(eq=False, slots=True)
class _Asked:
    """A question that somebody waits for."""

    question: Question
    waiters: list[Waiter] = field(default_factory=list)
    #: Joined after the question was sent.
    late: list[Waiter] = field(default_factory=list)
    flight: Flight | None = None


class CachedDecisions:
    """Answers checks, and keeps the answers.

    An answer is dropped when the feed tells a change of one of its two users, and all are when the feed is not heard
    from; so what is answered is never older than the feed is late. `token` needs the scopes `privacy:decide` and
    `privacy:watch`. Use it in one event loop, and as a context manager:

        async with CachedDecisions(url, token) as decisions:
            decision = await decisions.decide({"viewer": …, "subject": …, "action": "view_profile"})
    """

    def __init__(
        self,
        url: str,
        token: Token,
        *,
        stale_after: float = 30.0,
        max_answers: int = 100_000,
        concurrency: int = 4,
        timeout: float = 10.0,
        silence: float = SILENCE,
        first_retry: float = FIRST,
        on_feed_error: OnRetry = log_retry,
    ) -> None:
        """Times are in seconds.

        `stale_after`: how long answers are used after the feed last said that everything was told; it says so every
        15 s. Afterwards every check is asked, until the feed is back. `max_answers`: the least recently used ones are
        dropped. `concurrency`: requests under way at the same time; checks that wait go together in the next one.
        """
        self._url = url
        self._token = token
        self._privet = Privet(url, token, timeout=timeout)
        self._timeout = timeout
        self._concurrency = concurrency
        self._stream: dict[str, Any] = {"silence": silence, "first_retry": first_retry, "on_retry": on_feed_error}
        self._answers = Answers(max_answers)
        self._feed = FeedState(stale_after)
        self._waiting: dict[Question, _Asked] = {}
        self._sent: dict[Question, _Asked] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._is_scheduled = False
        self._is_closed = False
        self._following: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._following = asyncio.create_task(self._follow())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def is_live(self) -> bool:
        """Whether answers are kept now: the feed is followed and was heard from. Else every check is asked."""
        if not self._feed.is_fresh:
            self._answers.clear()
            return False
        return True

    def __len__(self) -> int:
        """The number of answers that are kept."""
        return len(self._answers) if self.is_live else 0

    async def decide(self, check: CheckRequest) -> DecisionResponse:
        """Decides one check. Fails with a `PrivetError`, or an `httpx.TransportError` if Privet cannot be reached."""
        question = Question.of(check)
        if self._is_closed:
            raise RuntimeError("the cache is closed")
        kept = self._answers.get(question) if self.is_live else None
        if kept is not None:
            return kept.copy()
        waiter: Waiter = asyncio.get_running_loop().create_future()
        self._ask(question, waiter)
        return (await waiter).copy()

    async def decide_all(self, checks: Iterable[CheckRequest]) -> list[DecisionResponse]:
        """Decides several checks, in their order. They are not of one snapshot: each is true by itself."""
        return list(await asyncio.gather(*(self.decide(check) for check in checks)))

    async def close(self) -> None:
        """Stops following the feed. Checks that are under way fail."""
        self._is_closed = True
        closed = RuntimeError("the cache was closed")
        pending = [*self._waiting.values(), *self._sent.values()]
        self._waiting.clear()
        for asked in pending:
            _fail([*asked.waiters, *asked.late], closed)
        tasks = [*self._under_way, *([self._following] if self._following else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._answers.clear()
        await self._privet.close()

    def _ask(self, question: Question, waiter: Waiter) -> None:
        sent = self._sent.get(question)
        if sent and sent.flight and self._feed.covers(sent.flight) and not sent.flight.is_overtaken(question):
            sent.late.append(waiter)
            return
        self._waiting.setdefault(question, _Asked(question)).waiters.append(waiter)
        self._schedule()

    def _schedule(self) -> None:
        """Sends after the tasks of this turn of the loop have asked."""
        if not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_soon(self._send_waiting)

    def _send_waiting(self) -> None:
        self._is_scheduled = False
        while self._waiting and len(self._under_way) < self._concurrency and not self._is_closed:
            batch = list(self._waiting.values())[:BATCH]
            flight = self._feed.take_off()
            for asked in batch:
                asked.flight = flight
                del self._waiting[asked.question]
                self._sent[asked.question] = asked
            task = asyncio.get_running_loop().create_task(self._send(batch, flight))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            task.add_done_callback(lambda _: self._schedule())

    async def _send(self, batch: list[_Asked], flight: Flight) -> None:
        decisions: list[DecisionResponse] = []
        may_be_kept = False
        failure: Exception | None = None
        try:
            decisions, may_be_kept = await self._request(batch)
        except Exception as error:
            failure = error
        finally:
            self._feed.land(flight)
            for asked in batch:
                # The same question may have been sent again since.
                if self._sent.get(asked.question) is asked:
                    del self._sent[asked.question]
        if failure:
            self._refuse(batch, failure)
        for asked, decision in zip(batch, decisions):
            self._answer(asked, flight, decision, may_be_kept)

    async def _request(self, batch: list[_Asked]) -> tuple[list[DecisionResponse], bool]:
        """The decisions, and whether they may be kept."""
        body = {"checks": [asked.question.check() for asked in batch]}
        try:
            # httpx limits each read, and not the whole.
            async with asyncio.timeout(self._timeout):
                response = await self._privet.send("POST", "/api/v1/privacy/decisions", json=body)
        except TimeoutError:
            raise httpx.TimeoutException(f"no answer within {self._timeout} s") from None
        answer = response.json()
        decisions: list[DecisionResponse] = answer["decisions"] if isinstance(answer, dict) else []
        if len(decisions) != len(batch):
            raise ProtocolError("not as many decisions as checks")
        # A replica sends no cursor while it has a catalogue that another one has replaced.
        return decisions, "Privet-Cursor" in response.headers

    def _answer(self, asked: _Asked, flight: Flight, decision: DecisionResponse, may_be_kept: bool) -> None:
        is_overtaken = not self._feed.covers(flight) or flight.is_overtaken(asked.question)
        if may_be_kept and not is_overtaken:
            self._answers.keep(asked.question, decision)
        # Those who joined later may know of a change that the answer does not reflect.
        for waiter in asked.late if is_overtaken else ():
            self._ask(asked.question, waiter)
        for waiter in [*asked.waiters, *(() if is_overtaken else asked.late)]:
            if not waiter.done():
                waiter.set_result(decision)

    def _refuse(self, batch: list[_Asked], error: Exception) -> None:
        """A check that Privet refuses fails alone; the others of its batch are asked again."""
        refused = _refused_checks(error, len(batch))
        for position, asked in enumerate(batch):
            waiters = [*asked.waiters, *asked.late]
            if not refused or position in refused:
                _fail(waiters, error)
            else:
                for waiter in waiters:
                    self._ask(asked.question, waiter)

    async def _follow(self) -> None:
        backoff = Backoff(self._stream["first_retry"])
        while True:
            failure: Exception = ProtocolError("the feed ended")
            try:
                await self._follow_once(backoff)
            except Exception as error:
                failure = error
            finally:
                self._feed.end()
                self._answers.clear()
            delay = backoff.next(failure)
            self._stream["on_retry"](failure, delay)
            await asyncio.sleep(delay)

    async def _follow_once(self, backoff: Backoff) -> None:
        """Fails if changes may have been missed, such as at an expired cursor."""
        is_first = True
        async with watch_changes(self._url, self._token, **self._stream) as events:
            async for event in events:
                if is_first:
                    self._feed.begin()
                is_first = False
                backoff.succeeded()
                self._hear(event)

    def _hear(self, event: FeedEvent) -> None:
        if isinstance(event, CaughtUp):
            self._feed.caught_up()
        elif event.user_id is None:
            self._feed.all_changed()
            self._answers.clear()
        else:
            user = event.user_id.lower()
            self._feed.changed(user)
            self._answers.forget(user)


def _fail(waiters: Iterable[Waiter], error: Exception) -> None:
    for waiter in waiters:
        if not waiter.done():
            waiter.set_exception(error)


def _refused_checks(error: Exception, length: int) -> set[int]:
    """The positions of the checks that a 400 names, such as `checks[3].action`."""
    if not isinstance(error, PrivetError) or error.status != 400:
        return set()
    named = (re.match(r"checks\[(\d+)\]", problem["field"]) for problem in error.errors)
    return {position for name in named if name and (position := int(name[1])) < length}
