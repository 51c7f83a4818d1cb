"""The client with a real Privet: that of scripts/with-server, or two replicas of it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
import uuid
from typing import cast

from privet_client import BlockingDecisions, CachedDecisions, Change, Erased, OwnChange, Privet, PrivetError, State
from privet_client import watch_changes, watch_own_changes
from privet_client.models import CheckRequest, Profile
from tests.fake import Case, eventually

# Where users change their settings.
URL = os.environ["PRIVET_URL"]
# Where services ask, and services and devices follow: the other replica, if there are two.
OTHER_URL = os.environ.get("PRIVET_OTHER_URL", URL)


def token(user: str, *more: str) -> str:
    command = [os.environ["PRIVET_PROGRAM"], "token", "--user", user, *more]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def service() -> str:
    return token(str(uuid.uuid4()), "--scope", "privacy:decide privacy:watch")


class User:
    def __init__(self) -> None:
        self.id = str(uuid.uuid4())
        self.token = token(self.id)
        self.privet = Privet(URL, lambda: self.token)


def view_profile(viewer: User, subject: User) -> CheckRequest:
    return {"viewer": viewer.id, "subject": subject.id, "action": "view_profile"}


class TheServer(Case):
    async def test_a_kept_decision_is_dropped_within_a_second_of_a_change(self) -> None:
        ann, ben, own = User(), User(), service()
        check = view_profile(ben, ann)
        async with ann.privet, CachedDecisions(OTHER_URL, lambda: own) as cache:
            await eventually(lambda: cache.is_live)
            for audience in ("nobody", "everyone", "nobody", "contacts", "everyone"):
                await cache.decide(check)
                body = {"setting": "who_can_see_profile", "value": audience}
                await ann.privet.send("PUT", "/api/v1/privacy/settings", json=body)
                acknowledged = time.monotonic()
                while (await cache.decide(check))["allowed"] != (audience == "everyone"):
                    self.assertLess(time.monotonic() - acknowledged, 1, audience)
                    await asyncio.sleep(0.005)
            await eventually(lambda: cache.is_live)
            await cache.decide(check)
            self.assertEqual(len(cache), 1)

    async def test_every_change_after_the_cursor_of_an_answer_is_told(self) -> None:
        ann, own = User(), service()
        async with ann.privet, Privet(OTHER_URL, lambda: own) as privet, asyncio.timeout(10):
            body = {"checks": [view_profile(ann, ann)]}
            answer = await privet.send("POST", "/api/v1/privacy/decisions", json=body)
            after = answer.headers["Privet-Cursor"]
            await ann.privet.send("PATCH", "/api/users/me/privacy-settings/", json={"allow_email_contact": False})
            async with watch_changes(OTHER_URL, lambda: own, after=after) as events:
                async for event in events:
                    if isinstance(event, Change) and event.user_id == ann.id:
                        self.assertIn("email", event.kinds)
                        self.assertNotEqual(event.cursor, after)
                        break

    async def test_what_is_no_cursor_and_a_token_without_the_scope_are_refused(self) -> None:
        for own, after, status in ((service(), "yesterday", 400), (User().token, "now", 403)):
            with self.assertRaises(PrivetError) as caught:
                async with watch_changes(OTHER_URL, lambda: own, after=after) as events:
                    await anext(events)
            self.assertEqual(caught.exception.status, status)

    async def test_a_device_is_told_with_a_token_that_is_replaced_until_the_account_is_erased(self) -> None:
        ann = User()
        told: list[OwnChange] = []
        # The first one expires while the device watches.
        tokens = [token(ann.id, "--ttl", "2s")]

        async def watch() -> None:
            async with watch_own_changes(OTHER_URL, lambda: tokens.pop() if tokens else ann.token) as changes:
                async for change in changes:
                    told.append(change)

        async with ann.privet:
            watching = asyncio.create_task(watch())
            await eventually(lambda: len(told) > 0)
            assert isinstance(told[0], State)
            read = await ann.privet.send("GET", "/api/v1/privacy/settings")
            self.assertEqual(read.headers["ETag"], told[0].etags["messaging"])
            await eventually(lambda: sum(isinstance(it, State) for it in told) == 2)
            await ann.privet.send("DELETE", "/api/v1/users/me")
            await watching
            self.assertEqual(told[-1], Erased())

    async def test_services_are_answered_as_the_models_say(self) -> None:
        ann, ben, own = User(), User(), service()
        async with ann.privet, ben.privet, Privet(OTHER_URL, lambda: own) as privet:
            body = {"settings": {"show_typing_indicator": False, "show_read_receipts": False, "disappearing_messages_default": 3600}}
            await ann.privet.send("PUT", "/api/v1/privacy/settings", json=body)
            typing = await privet.enforce_typing({"typist": ann.id, "recipients": [ben.id]})
            self.assertEqual(typing["recipients"], [])
            receipts = await privet.enforce_receipts(
                {"sender": ben.id, "receipts": [{"message_id": "m", "recipient": ann.id, "status": "read"}]}
            )
            self.assertEqual(receipts["receipts"][0]["status"], "delivered")
            added = await privet.enforce_group_additions({"actor": ben.id, "invitees": [ann.id]})
            self.assertEqual(added, {"allowed": [ann.id], "refused": []})
            # A profile may have any other members, which the model cannot say.
            profile = cast(Profile, {"user_id": ann.id, "bio": "Reads."})
            shown = await privet.enforce_profile({"viewer": ben.id, "profiles": [profile]})
            self.assertEqual(shown["profiles"][0]["visibility"], "full")
            expiries = await privet.enforce_message_expiry({"senders": [ann.id]})
            self.assertEqual(expiries["expiries"], [{"user_id": ann.id, "seconds": 3600}])
            found = await privet.filter({"action": "view_typing", "viewer": ben.id, "subjects": [ann.id, ben.id]})
            self.assertEqual(found["allowed"], [ben.id])
            decided = await privet.decide({"checks": [view_profile(ben, ann)]})
            self.assertEqual(decided["decisions"], [{"allowed": True, "reason": "everyone"}])

    async def test_a_program_without_an_event_loop_is_answered(self) -> None:
        ann, ben, own = User(), User(), service()
        cache = BlockingDecisions(OTHER_URL, lambda: own)
        for _ in range(2):
            decision = await asyncio.to_thread(cache.decide, view_profile(ben, ann))
            self.assertEqual(decision, {"allowed": True, "reason": "everyone"})
        await asyncio.to_thread(cache.close)
