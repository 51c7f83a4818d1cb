"""CachedDecisions against a fake Privet."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from privet_client import BlockingDecisions, CachedDecisions, PrivetError
from privet_client.models import CheckRequest, DecisionResponse
from tests.fake import Case, Fake, eventually, mishap


def user(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012x}"


ANN, BEN, CAT = user(1), user(2), user(3)


def check(viewer: str, subject: str, action: Any = "view_profile") -> CheckRequest:
    return {"viewer": viewer, "subject": subject, "action": action}


def version(decision: DecisionResponse) -> int:
    """The version of the fake's truth that a decision reflects."""
    return int(decision["reason"])


@asynccontextmanager
async def live(fake: Fake, **options: Any) -> AsyncGenerator[CachedDecisions, None]:
    options.setdefault("on_feed_error", lambda *_: None)
    async with CachedDecisions(fake.url, lambda: "token", first_retry=0.01, **options) as cache:
        await eventually(lambda: cache.is_live)
        yield cache


class Decisions(Case):
    async def test_an_answer_is_kept_until_a_change_names_one_of_the_two(self) -> None:
        async with Fake() as fake, live(fake) as cache:
            for changed in (ANN, BEN, None):
                first = await cache.decide(check(ANN, BEN))
                asked = len(fake.batches)
                self.assertEqual(await cache.decide(check(ANN, BEN)), first)
                self.assertEqual(len(fake.batches), asked)
                fake.change(CAT)
                if changed:
                    fake.change(changed)
                else:
                    fake.change_all()
                await eventually(lambda: len(cache) == 0)
                self.assertEqual(version(await cache.decide(check(ANN, BEN))), fake.truth(ANN, BEN))

    async def test_ids_are_compared_without_their_case_and_administrators_apart(self) -> None:
        async with Fake() as fake, live(fake) as cache:
            upper = user(0xABC).upper()
            await cache.decide(check(upper, BEN))
            await cache.decide(check(upper.lower(), BEN))
            self.assertEqual(fake.batches, [1])
            await cache.decide({**check(upper, BEN), "viewer_is_admin": True})
            await cache.decide({**check(upper, BEN), "viewer_is_admin": False})
            self.assertEqual(fake.batches, [1, 1])
            fake.change(upper)
            await eventually(lambda: len(cache) == 0)

    async def test_checks_of_one_turn_go_together_each_question_once(self) -> None:
        async with Fake() as fake, live(fake) as cache:
            checks = [check(user(number), ANN) for number in range(2, 2_502)]
            self.assertEqual(len(await cache.decide_all(checks + checks)), 5_000)
            self.assertEqual(fake.batches, [1_000, 1_000, 500])
            self.assertEqual(len(cache), 2_500)

    async def test_what_waits_goes_together(self) -> None:
        async with Fake(delays=lambda: (0.1, 0)) as fake, live(fake, concurrency=1) as cache:
            tasks = []
            for number in range(11):
                tasks.append(asyncio.create_task(cache.decide(check(ANN, user(10 + number)))))
                await asyncio.sleep(0.001)
            await asyncio.gather(*tasks)
            self.assertEqual(fake.batches, [1, 10])

    async def test_an_overtaken_answer_is_not_kept_and_who_joined_asks_again(self) -> None:
        async with Fake(delays=lambda: (0, 0.2)) as fake, live(fake) as cache:
            first = asyncio.create_task(cache.decide(check(ANN, BEN)))
            kept = asyncio.create_task(cache.decide(check(ANN, CAT)))
            await eventually(lambda: len(fake.batches) == 1)
            joined = asyncio.create_task(cache.decide(check(ANN, BEN)))
            await asyncio.sleep(0.01)
            fake.change(BEN)
            await asyncio.sleep(0.05)
            later = asyncio.create_task(cache.decide(check(ANN, BEN)))
            self.assertEqual([version(await it) for it in (first, joined, later, kept)], [0, 1, 1, 0])
            self.assertEqual(sum(fake.batches), 3)
            self.assertEqual(len(cache), 2)

    async def test_an_answer_without_a_cursor_is_returned_and_not_kept(self) -> None:
        # Of a replica whose catalogue was replaced.
        async with Fake(sends_cursor=False, delays=lambda: (0.1, 0)) as fake, live(fake) as cache:
            first = asyncio.create_task(cache.decide(check(ANN, BEN)))
            await eventually(lambda: len(fake.batches) == 1)
            joined = asyncio.create_task(cache.decide(check(ANN, BEN)))
            self.assertEqual([version(await it) for it in (first, joined)], [0, 0])
            self.assertTrue(cache.is_live)
            self.assertEqual(len(cache), 0)
            fake.sends_cursor = True
            await cache.decide(check(ANN, BEN))
            await cache.decide(check(ANN, BEN))
            self.assertEqual(fake.batches, [1, 1])
            self.assertEqual(len(cache), 1)

    async def test_nothing_is_kept_before_the_feed_is_followed(self) -> None:
        async with Fake(delays=lambda: (0, 0.2)) as fake:
            async with CachedDecisions(fake.url, lambda: "token") as cache:
                early = asyncio.create_task(cache.decide(check(ANN, BEN)))
                await eventually(lambda: cache.is_live)
                await early
                self.assertEqual(len(cache), 0)

    async def test_answers_are_dropped_when_the_feed_was_not_heard_from(self) -> None:
        async with Fake() as fake, live(fake, stale_after=0.15) as cache:
            await cache.decide(check(ANN, BEN))
            fake.beats = False
            self.assertEqual(len(cache), 1)
            for _ in range(10):
                # Changes alone do not say that the feed is caught up.
                fake.change(CAT)
                await asyncio.sleep(0.02)
            self.assertEqual(len(cache), 0)
            await cache.decide(check(ANN, BEN))
            await cache.decide(check(ANN, BEN))
            self.assertEqual(fake.batches, [1, 1, 1])
            fake.beats = True
            await eventually(lambda: cache.is_live)

    async def test_answers_outlive_a_short_cut_and_a_change_of_that_time_drops_them(self) -> None:
        async with Fake() as fake, live(fake) as cache:
            await cache.decide_all([check(ANN, BEN), check(ANN, CAT)])
            fake.cut()
            fake.change(BEN)
            self.assertEqual(len(cache), 2)
            await eventually(lambda: len(cache) == 1)

    async def test_an_expired_cursor_drops_everything_and_the_feed_is_followed_again(self) -> None:
        errors: list[Exception] = []
        async with Fake() as fake, live(fake, on_feed_error=lambda error, _: errors.append(error)) as cache:
            await cache.decide(check(ANN, BEN))
            fake.mishaps.append(("/privacy/changes", mishap(410, "CURSOR_EXPIRED")))
            fake.cut()
            await eventually(lambda: len(cache) == 0)
            await eventually(lambda: cache.is_live)
            self.assertIn("CURSOR_EXPIRED", [getattr(error, "code", None) for error in errors])

    async def test_an_error_goes_to_everybody_who_waits_and_is_not_kept(self) -> None:
        async with Fake() as fake, live(fake) as cache:
            fake.mishaps.append(("/decisions", mishap(503, "UNAVAILABLE", fields="Retry-After: 2\r\n")))
            asked = [check(ANN, BEN), check(ANN, BEN), check(ANN, CAT)]
            for outcome in await asyncio.gather(*map(cache.decide, asked), return_exceptions=True):
                assert isinstance(outcome, PrivetError)
                self.assertEqual((outcome.status, outcome.retry_after), (503, 2.0))
            await cache.decide(check(ANN, BEN))

    async def test_a_check_that_is_refused_fails_alone(self) -> None:
        async with Fake() as fake, live(fake) as cache:
            asked = [check(ANN, BEN), check(ANN, BEN, "unknown"), check(ANN, CAT)]
            good, bad, other = await asyncio.gather(*map(cache.decide, asked), return_exceptions=True)
            self.assertIsInstance(bad, PrivetError)
            self.assertFalse(isinstance(good, Exception) or isinstance(other, Exception))
            with self.assertRaises(ValueError):
                await cache.decide(check("nobody", BEN))

    async def test_the_least_recently_used_answers_are_dropped(self) -> None:
        async with Fake() as fake, live(fake, max_answers=2) as cache:
            for subject in (BEN, CAT, BEN, user(9), BEN):
                await cache.decide(check(ANN, subject))
            self.assertEqual((len(fake.batches), len(cache)), (3, 2))
            await cache.decide(check(ANN, CAT))
            self.assertEqual(len(fake.batches), 4)

    async def test_a_request_that_takes_too_long_fails(self) -> None:
        async with Fake(delays=lambda: (0.3, 0)) as fake, live(fake, timeout=0.05) as cache:
            with self.assertRaises(httpx.TimeoutException):
                await cache.decide(check(ANN, BEN))

    async def test_a_caller_who_gives_up_takes_nothing_from_the_others(self) -> None:
        async with Fake(delays=lambda: (0.1, 0)) as fake, live(fake) as cache:
            one = asyncio.create_task(cache.decide(check(ANN, BEN)))
            other = asyncio.create_task(cache.decide(check(ANN, BEN)))
            await asyncio.sleep(0.02)
            one.cancel()
            self.assertEqual(version(await other), 0)

    async def test_a_closed_cache_answers_nobody_and_leaves_the_feed(self) -> None:
        async with Fake(delays=lambda: (1, 0)) as fake, live(fake, concurrency=1) as cache:
            first = asyncio.create_task(cache.decide(check(ANN, BEN)))
            await asyncio.sleep(0.02)
            second = asyncio.create_task(cache.decide(check(ANN, CAT)))
            await asyncio.sleep(0.02)
            await cache.close()
            for waiting in (first, second):
                with self.assertRaisesRegex(RuntimeError, "closed"):
                    await waiting
            await eventually(lambda: fake.streams == 0)


class Races(Case):
    async def test_no_answer_is_older_than_the_feed_is_late(self) -> None:
        for seed, is_cut in ((1, False), (2, False), (3, True), (4, True)):
            with self.subTest(seed=seed, is_cut=is_cut):
                await self.history(random.Random(seed), is_cut)

    async def history(self, chance: random.Random, is_cut: bool) -> None:
        lag, stale_after, slack = 0.04, 0.25, 0.08
        users = [user(number) for number in range(8 if is_cut else 20)]
        times: dict[str, list[float]] = {it: [] for it in users}
        end = time.monotonic() + 1.5
        delays = lambda: (chance.random() * 0.003, chance.random() * 0.08)  # noqa: E731
        async with Fake(beat=0.015, delays=delays) as fake, live(fake, stale_after=stale_after) as cache:

            async def write() -> None:
                while time.monotonic() < end:
                    fake.lag = chance.random() * lag
                    changed = chance.choice(users)
                    fake.change(changed)
                    times[changed].append(time.monotonic())
                    await asyncio.sleep(0.001 + chance.random() * 0.03)

            async def cut() -> None:
                while is_cut and time.monotonic() < end:
                    await asyncio.sleep(0.1 + chance.random() * 0.3)
                    fake.cut()
                    fake.beats = chance.random() > 0.3
                fake.beats = True

            async def read() -> int:
                answers = 0
                while time.monotonic() < end:
                    viewer, subject = chance.sample(users, 2)
                    asked = time.monotonic()
                    found = version(await cache.decide(check(viewer, subject)))
                    answers += 1
                    changes = sorted(times[viewer] + times[subject])
                    age = asked - changes[found] if found < len(changes) else 0.0
                    self.assertLessEqual(age, (stale_after if is_cut else lag) + slack)
                    await asyncio.sleep(chance.random() * 0.004)
                return answers

            _, _, *answers = await asyncio.gather(write(), cut(), *(read() for _ in range(12)))
            self.assertLess(sum(fake.batches), sum(it for it in answers if it))
            await eventually(lambda: cache.is_live)
            await asyncio.sleep(lag + slack)
            for viewer in users[1:]:
                self.assertEqual(version(await cache.decide(check(viewer, users[0]))), fake.truth(viewer, users[0]))


class Blocking(Case):
    async def test_threads_share_a_cache_and_a_closed_one_starts_again(self) -> None:
        async with Fake() as fake:
            cache = BlockingDecisions(fake.url, lambda: "token", first_retry=0.01)
            for _ in range(2):
                while not await asyncio.to_thread(lambda: cache.is_live):
                    await asyncio.sleep(0.005)
                before = len(fake.batches)
                for _ in range(3):
                    found = await asyncio.gather(*(asyncio.to_thread(cache.decide, check(ANN, BEN)) for _ in range(5)))
                    self.assertEqual([version(it) for it in found], [0] * 5)
                self.assertLessEqual(len(fake.batches) - before, 2)
                await asyncio.to_thread(cache.close)
            names = [thread.name for thread in threading.enumerate()]
            await eventually(lambda: "privet-decisions" not in [it.name for it in threading.enumerate()], str(names))
