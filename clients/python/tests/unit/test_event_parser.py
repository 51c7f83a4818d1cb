"""Server-sent events, cut anywhere."""

from __future__ import annotations

import unittest

from privet_client.errors import ProtocolError
from privet_client.event_parser import Event, EventParser


def parsed(data: bytes, size: int) -> list[Event]:
    parser = EventParser()
    parts = (data[start : start + size] for start in range(0, len(data), size))
    return [event for part in parts for event in parser.feed(part)]


class TheParser(unittest.TestCase):
    def test_bytes_may_be_cut_anywhere_and_lines_end_in_any_way(self) -> None:
        lines = [": \u2028beat", "id: ü1", 'data: {"é€𝄞":', "data:1\u2028\x85}", "event: any", "", "data", "", "retry: 12", "", "data:  x", "", ""]
        wanted = [
            Event("ü1", '{"é€𝄞":\n1\u2028\x85}', None),
            Event("ü1", "", None),
            Event("ü1", None, 12),
            Event("ü1", " x", None),
        ]
        for end in ("\n", "\r\n", "\r"):
            data = ("\ufeff" + end.join(lines)).encode()
            for size in (1, 2, 3, 7, len(data)):
                with self.subTest(end=end, size=size):
                    self.assertEqual(parsed(data, size), wanted)

    def test_what_is_not_complete_is_not_told(self) -> None:
        self.assertEqual(parsed(b"id: 1\ndata: a\n", 3), [])

    def test_an_id_with_nul_and_a_retry_that_is_no_number_are_ignored(self) -> None:
        self.assertEqual(parsed(b"id: a\0\nretry: 1s\nretry: \nother: 1\ndata: a\n\n", 100), [Event(None, "a", None)])

    def test_an_endless_event_fails(self) -> None:
        for part in (b"data: " + b"x" * 1_100, b"data: " + b"x" * 1_100 + b"\n"):
            parser = EventParser()
            with self.assertRaises(ProtocolError):
                for _ in range(1_000):
                    parser.feed(part)
