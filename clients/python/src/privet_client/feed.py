"""What a cache knows of the feed of changes: whether it may be relied on now, and what changed while a request was
under way."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .answers import Question


@dataclass(eq=False, slots=True)
class Flight:
    """A request that is under way, and what the feed told meanwhile."""

    #: The run of the feed in which the request was sent.
    run: int
    changed: set[str] = field(default_factory=set)
    all_changed: bool = False

    def is_overtaken(self, question: Question) -> bool:
        """Whether an answer may be older than what the feed told."""
        return self.all_changed or question.viewer in self.changed or question.subject in self.changed


class FeedState:
    """The state of the feed. A run is a time in which no change was missed."""

    def __init__(self, stale_after: float) -> None:
        self._stale_after = stale_after
        self._run = 0
        self._is_followed = False
        self._caught_up_at = -math.inf
        self._flights: set[Flight] = set()

    @property
    def is_fresh(self) -> bool:
        """Whether answers may be kept and used."""
        return self._is_followed and time.monotonic() - self._caught_up_at <= self._stale_after

    def begin(self) -> None:
        """Everything after this moment is told."""
        self._run += 1
        self._is_followed = True

    def end(self) -> None:
        """Changes may be missed from now on."""
        self._run += 1
        self._is_followed = False
        self._caught_up_at = -math.inf

    def caught_up(self) -> None:
        self._caught_up_at = time.monotonic()

    def changed(self, user: str) -> None:
        for flight in self._flights:
            flight.changed.add(user)

    def all_changed(self) -> None:
        for flight in self._flights:
            flight.all_changed = True

    def take_off(self) -> Flight:
        flight = Flight(self._run)
        self._flights.add(flight)
        return flight

    def land(self, flight: Flight) -> None:
        self._flights.discard(flight)

    def covers(self, flight: Flight) -> bool:
        """Whether every change since the flight began was or will be told, and the feed is not late."""
        return self.is_fresh and flight.run == self._run
