"""watch_changes and watch_own_changes against a fake Privet: what servers, networks and proxies do to a stream."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from privet_client import CaughtUp, Change, Changed, Erased, FeedEvent, OwnChange, PrivetError, ProtocolError, State
from privet_client import watch_changes, watch_own_changes
from tests.fake import Case, Fake, eventually, mishap, stream

ANN = "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d"
BEN = "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c"


class Watch:
    """A watch in the background."""

    def __init__(self, fake: Fake, token: Callable[[], str], after: str, silence: float) -> None:
        self.events: list[FeedEvent] = []
        self.failures: list[Exception] = []
        self.task = asyncio.create_task(self._run(fake.url, token, after, silence))

    async def _run(self, url: str, token: Callable[[], str], after: str, silence: float) -> None:
        def failed(error: Exception, _: float) -> None:
            self.failures.append(error)

        async with watch_changes(url, token, after=after, silence=silence, first_retry=0.01, on_retry=failed) as events:
            async for event in events:
                self.events.append(event)

    def users(self) -> list[str]:
        return [event.user_id or "all" for event in self.events if isinstance(event, Change)]

    async def caught_up(self) -> None:
        await eventually(lambda: any(isinstance(event, CaughtUp) for event in self.events))

    async def told(self, number: int) -> None:
        await eventually(lambda: len(self.users()) == number, f"{number} in {self.users()}")


@asynccontextmanager
async def watching(
    fake: Fake, token: Callable[[], str] = lambda: "token", after: str = "now", silence: float = 0.5
) -> AsyncGenerator[Watch, None]:
    watch = Watch(fake, token, after, silence)
    try:
        yield watch
    finally:
        watch.task.cancel()
        await asyncio.gather(watch.task, return_exceptions=True)


class Services(Case):
    async def test_changes_are_told_in_their_order_each_with_its_cursor(self) -> None:
        async with Fake() as fake, watching(fake) as watch:
            await watch.caught_up()
            fake.change(ANN)
            fake.change(BEN)
            fake.change_all()
            await watch.told(3)
            self.assertEqual(watch.users(), [ANN, BEN, "all"])
            self.assertEqual([it.cursor for it in watch.events if isinstance(it, Change)], ["c1", "c2", "c3"])

    async def test_a_stream_that_is_cut_is_resumed_and_misses_nothing(self) -> None:
        async with Fake() as fake, watching(fake) as watch:
            await watch.caught_up()
            for number in range(1, 6):
                fake.change(ANN)
                fake.cut()
                fake.change(BEN)
                await watch.told(2 * number)
            self.assertEqual(watch.users(), [ANN, BEN] * 5)

    async def test_a_stream_that_is_cut_before_its_first_event_misses_nothing(self) -> None:
        async with Fake(beats=False) as fake, watching(fake) as watch:
            await eventually(lambda: fake.streams == 1)
            fake.lag = 0.03
            fake.change(ANN)
            fake.cut()
            await watch.told(1)
            self.assertEqual(fake.requests[-1].headers["last-event-id"], "c0")

    async def test_a_watch_begins_where_it_is_told(self) -> None:
        async with Fake() as fake:
            for user in (ANN, ANN, ANN, BEN):
                fake.change(user)
            await asyncio.sleep(0.01)
            async with watching(fake, after="c3") as later, watching(fake, after="earliest") as everything:
                await later.told(1)
                await everything.told(4)

    async def test_an_expired_cursor_fails_also_while_the_stream_is_away(self) -> None:
        async with Fake() as fake:
            fake.change(ANN)
            await asyncio.sleep(0.01)
            async with watching(fake) as watch:
                await watch.caught_up()
                fake.change(ANN)
                fake.mishaps.append(("/changes", mishap(503, "UNAVAILABLE")))
                fake.cut()
                await asyncio.sleep(0)
                fake._told.append({"user_id": ANN, "kinds": [], "at": ""})
                fake.expire()
                with self.assertRaises(PrivetError) as caught:
                    await watch.task
                self.assertEqual(caught.exception.code, "CURSOR_EXPIRED")

    async def test_a_token_without_the_scope_fails(self) -> None:
        async with Fake() as fake:
            fake.mishaps.append(("/changes", mishap(403, "FORBIDDEN", "no scope")))
            async with watching(fake) as watch:
                with self.assertRaisesRegex(PrivetError, "403"):
                    await watch.task

    async def test_429_and_503_are_waited_for_as_long_as_retry_after_says(self) -> None:
        for status in (429, 503):
            async with Fake() as fake:
                fake.mishaps.append(("/changes", mishap(status, "LATER", fields="Retry-After: 1\r\n")))
                began = time.monotonic()
                async with watching(fake) as watch:
                    await watch.caught_up()
                    self.assertGreaterEqual(time.monotonic() - began, 1)

    async def test_a_server_that_stops_says_when_to_come_back(self) -> None:
        async with Fake() as fake, watching(fake) as watch:
            await watch.caught_up()
            began = time.monotonic()
            fake.end(300)
            fake.change(ANN)
            await watch.told(1)
            self.assertGreaterEqual(time.monotonic() - began, 0.29)

    async def test_an_expired_token_is_replaced(self) -> None:
        current = ["token"]
        async with Fake() as fake, watching(fake, lambda: current[0]) as watch:
            await watch.caught_up()
            fake.tokens = {"another"}
            fake.cut()
            await eventually(lambda: any(isinstance(it, PrivetError) for it in watch.failures))
            current[0] = "another"
            fake.change(ANN)
            await watch.told(1)

    async def test_a_token_that_is_refused_again_and_again_fails(self) -> None:
        async with Fake() as fake, watching(fake, lambda: "wrong") as watch:
            with self.assertRaisesRegex(PrivetError, "401"):
                await watch.task
            self.assertEqual(len(fake.requests), 3)

    async def test_a_connection_that_is_silent_is_replaced(self) -> None:
        async with Fake() as fake, watching(fake, silence=0.1) as watch:
            await watch.caught_up()
            fake.beats = False
            await eventually(lambda: len(watch.failures) > 0)
            fake.beats = True
            fake.change(ANN)
            await watch.told(1)

    async def test_an_answer_of_a_proxy_is_tried_again(self) -> None:
        async def page(writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<p>Back soon")

        async with Fake() as fake, watching(fake) as watch:
            await watch.caught_up()
            fake.mishaps.append(("/changes", page))
            fake.cut()
            fake.change(ANN)
            await watch.told(1)

    async def test_a_change_that_cannot_be_read_fails(self) -> None:
        for bad in (b'data: {"type": "news"}\n\ndata: {"userId": 1}\n\n', b"data: {\n\n", b"data: []\n\n"):
            async with Fake() as fake:
                fake.mishaps.append(("/changes", stream(bad, stays=True)))
                async with watching(fake, after="c0") as watch:
                    with self.assertRaises(ProtocolError):
                        await watch.task
                    self.assertEqual(watch.events, [])

    async def test_events_in_small_parts_are_told(self) -> None:
        async with Fake() as fake:
            data = f'id: c7\r\ndata: {{"user_id": "{ANN}",\r\ndata: "kinds": ["é€𝄞"], "at": ""}}\r\n\r\n'.encode()
            fake.mishaps.append(("/changes", stream(data, 3, stays=True)))
            async with watching(fake, after="c0") as watch:
                await watch.told(1)
                self.assertEqual(watch.events, [Change(ANN, ("é€𝄞",), "", "c7")])

    async def test_a_reader_who_leaves_closes_the_connection(self) -> None:
        async with Fake() as fake:
            async with watch_changes(fake.url, lambda: "token") as events:
                async for event in events:
                    self.assertIsInstance(event, CaughtUp)
                    break
            await eventually(lambda: fake.streams == 0)


class Devices(Case):
    async def test_a_device_is_told_the_state_and_changes_until_the_account_is_erased(self) -> None:
        told: list[OwnChange] = []

        async def watch(url: str) -> None:
            async with watch_own_changes(url, lambda: "token", first_retry=0.01) as changes:
                async for change in changes:
                    told.append(change)

        async with Fake() as fake:
            task = asyncio.create_task(watch(fake.url))
            await eventually(lambda: len(told) == 1)
            fake.tell_devices({"type": "changed", "family": "messaging", "etag": '"2"'})
            fake.tell_devices({"type": "of a later release"})
            fake.tell_devices({"type": "changed", "family": "blocks"})
            await eventually(lambda: len(told) == 3)
            fake.cut()
            await eventually(lambda: len(told) == 4)
            fake.tell_devices({"type": "erased"})
            await task
            self.assertEqual([type(change) for change in told], [State, Changed, Changed, State, Erased])
            self.assertEqual(told[1:3], [Changed("messaging", '"2"'), Changed("blocks", None)])

    async def test_a_device_whose_account_was_erased_while_it_was_away_is_told_so(self) -> None:
        async with Fake() as fake:
            fake.mishaps.append(("/changes", mishap(401, "UNAUTHORIZED", "Account has been deleted")))
            async with watch_own_changes(fake.url, lambda: "token") as changes:
                self.assertEqual([change async for change in changes], [Erased()])
