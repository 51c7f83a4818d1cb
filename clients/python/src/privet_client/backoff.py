"""How long to wait before another attempt."""

from __future__ import annotations

import random

from .errors import PrivetError

#: Seconds.
FIRST = 1.0
LONGEST = 30.0
LIMIT = 3600.0


class Backoff:
    """Waits that double from a second to half a minute, each with up to half of it added by chance."""

    def __init__(self, first: float = FIRST) -> None:
        self._first = first
        self._failures = 0
        self._asked: float | None = None

    def succeeded(self) -> None:
        """The server answered: the next failure is the first one again."""
        self._failures = 0

    def ask(self, seconds: float) -> None:
        """The server asked, by `retry`, to wait this long before the next attempt."""
        self._asked = seconds

    def next(self, error: Exception) -> float:
        """How many seconds to wait now, after this error."""
        doubled = min(LONGEST, self._first * 2.0 ** min(self._failures, 20))
        self._failures += 1
        retry_after = error.retry_after if isinstance(error, PrivetError) else None
        wait = max(retry_after or 0.0, doubled if self._asked is None else self._asked)
        self._asked = None
        return min(LIMIT, wait * (1 + random.random() / 2))
