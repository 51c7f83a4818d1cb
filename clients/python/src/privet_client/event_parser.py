"""Parses server-sent events, as the WHATWG HTML standard describes them (section 9.2.6).

httpx-sse 0.4.3 was tried. It does not limit the length of an event, and once an id has arrived, it returns an event
without data for each comment that an empty line follows.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from .errors import ProtocolError

#: Characters of an event. Those of Privet have a few hundred.
LONGEST_EVENT = 1_048_576
# Not str.splitlines: it also splits at characters that JSON may contain, such as U+2028.
_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Event:
    """An event, or a `retry`."""

    #: The id of the last event that had one.
    id: str | None
    #: None if only `retry` arrived.
    data: str | None
    #: Milliseconds to wait before the next connection.
    retry: int | None


class EventParser:
    """Takes bytes that may be cut anywhere."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._is_beginning = True
        self._skips_line_feed = False
        self._rest = ""
        self._id: str | None = None
        self._data: list[str] = []
        self._length = 0

    def feed(self, part: bytes) -> list[Event]:
        """The events that are complete now."""
        text = self._decoder.decode(part)
        if not text:
            return []
        if self._is_beginning:
            self._is_beginning = False
            text = text.removeprefix("\ufeff")
        # The second half of a CRLF that was cut.
        if self._skips_line_feed and text:
            text = text.removeprefix("\n")
            self._skips_line_feed = False
        if text.endswith("\r"):
            self._skips_line_feed = True
        *lines, self._rest = _LINE_END.split(self._rest + text)
        events = [event for line in lines if (event := self._line(line))]
        if self._length + len(self._rest) > LONGEST_EVENT:
            raise ProtocolError(f"an event is longer than {LONGEST_EVENT} characters")
        return events

    def _line(self, line: str) -> Event | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
            self._length += len(value) + 1
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            return Event(self._id, None, int(value))
        return None

    def _dispatch(self) -> Event | None:
        data, self._data, self._length = self._data, [], 0
        return Event(self._id, "\n".join(data), None) if data else None
