"""Streams of changes and long polls, which wait longer than the proxy's time-outs."""

import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from accounts import token
from world import timeout, wait_until

SETTINGS = "/api/v1/privacy/settings"
OWN = "/api/v1/users/me/changes"
FEED = "/api/v1/privacy/changes"
SERVICE = token(str(uuid.uuid4()), "privacy:watch")
# The longest wait of a long poll, and the time between two beats of a stream, in seconds.
LONGEST_WAIT = 60
BEAT = 15
# How long the streams tell no change. Long polls are answered after LONGEST_WAIT.
SILENCE = max(timeout("client"), timeout("server"), LONGEST_WAIT) + 5
# How long a change may take to be told, in seconds: more than Privet takes (one second), for a machine with other work.
TOLD_WITHIN = 5


class Device:
    """A user who watches their own changes through the proxy."""

    def __init__(self, client):
        self.client = client
        self.user = str(uuid.uuid4())
        self.token = token(self.user)
        self.reopen()

    def reopen(self):
        self.stream = self.client.stream(OWN, self.token)
        wait_until(lambda: self.stream.told(type="state"), 10, "a device is told its state")

    def change(self, value):
        body = json.dumps({"settings": {"show_last_seen": value}}).encode()
        answer = self.client.ask(SETTINGS, self.token, "PUT", body)
        assert answer.status == 200, answer

    def is_told_of(self, user):
        return user != self.user or self.stream.told(type="changed", family="messaging")


class Watcher:
    """A service that watches all changes through the proxy."""

    def __init__(self, client):
        self.client = client
        self.reopen(f"{FEED}?after=now")

    def reopen(self, path, **fields):
        self.stream = self.client.stream(path, SERVICE, **fields)
        wait_until(lambda: self.stream.told(type="caught_up"), 10, "a service has read the feed")

    def is_told_of(self, user):
        return self.stream.told(user_id=user, kinds=["messaging"])


class Silence:
    """What is open while nothing changes."""

    def __init__(self, world):
        self.clients = world.clients()
        self.devices = [Device(client) for client in self.clients]
        self.watchers = [Watcher(client) for client in self.clients]
        self.open = self.devices + self.watchers
        self._begun = time.monotonic()
        self._threads = ThreadPoolExecutor()
        # These are answered without a change.
        self._polls = [self._threads.submit(long_poll, client) for client in self.clients]
        # These wait for nearly as long when the change comes.
        self._late_polls = [self._threads.submit(self._late_poll, client) for client in self.clients]

    def _late_poll(self, client):
        time.sleep(SILENCE - LONGEST_WAIT + 5)
        return long_poll(client)

    def end(self):
        """Waits for its end, and checks that nothing was cut and that the next change is told."""
        for poll in self._polls:
            answer, took = poll.result(LONGEST_WAIT + 20)
            assert answer.status == 200 and answer.json()["changes"] == [] and answer.json()["caught_up"], answer
            assert LONGEST_WAIT - 1 < took < LONGEST_WAIT + TOLD_WITHIN, f"a long poll took {took:.1f} s"
        time.sleep(max(0, self._begun + SILENCE - time.monotonic()))
        self._assert_only_beats()
        self._change_and_wait()
        for poll in self._late_polls:
            answer, took = poll.result(TOLD_WITHIN)
            assert answer.status == 200 and answer.json()["changes"], answer
            assert timeout("client") < took < LONGEST_WAIT - 1, f"a long poll took {took:.1f} s"

    def _assert_only_beats(self):
        beats = SILENCE // BEAT
        for watched in self.open:
            stream = watched.stream
            assert stream.is_open(), f"a stream was cut after {stream.ended_after:.1f} s"
            assert stream.head.status == 200 and stream.head.version == watched.client.version, stream.head
            assert not stream.told(type="changed") and not stream.told(kinds=["messaging"]), stream.events
        for device in self.devices:
            assert device.stream.comments >= beats - 1, f"{device.stream.comments} beats"
        for watcher in self.watchers:
            caught_up = [event for _, event in watcher.stream.events if event == {"type": "caught_up"}]
            assert len(caught_up) >= beats, f"{len(caught_up)} beats"

    def _change_and_wait(self):
        for device in self.devices:
            device.change(False)
        for watched in self.open:
            wait_until(lambda at=watched: all(at.is_told_of(each.user) for each in self.devices), TOLD_WITHIN,
                       "a stream is told of every change")

    def stop_a_replica(self, world):
        """The streams of a replica that stops end whole. They go on at the other one, where the feed was left."""
        assert world.replicas[0].stops(20), "a replica did not end within 20 seconds of SIGTERM"
        ended = [watched for watched in self.open if not watched.stream.is_open()]
        assert 0 < len(ended) < len(self.open), f"{len(ended)} of {len(self.open)} streams were on the replica that stopped"
        for watched in ended:
            assert watched.stream.ended_by_privet(), "a stream of the replica was cut"
        # This change is made while no stream of those that ended is open.
        missed = Device(self.clients[0])
        missed.change(False)
        for device in (each for each in self.devices if each in ended):
            device.reopen()
        for watcher in (each for each in self.watchers if each in ended):
            watcher.reopen(FEED, Last_Event_ID=watcher.stream.last_id)
            wait_until(lambda at=watcher: at.is_told_of(missed.user), TOLD_WITHIN, "a service that comes back is told what it missed")
        missed.stream.close()
        return len(ended)

    def close(self):
        for watched in self.open:
            watched.stream.close()
        self._threads.shutdown(wait=False, cancel_futures=True)


def long_poll(client):
    """A long poll and how long it took."""
    begun = time.monotonic()
    answer = client.ask(f"{FEED}?after=now&wait={LONGEST_WAIT}", SERVICE, seconds=LONGEST_WAIT + 20)
    return answer, time.monotonic() - begun


def a_proxy_with_shorter_timeouts_cuts_them(world):
    """The control: without long time-outs the same streams and polls are cut."""
    for with_tls in (False, True):
        client = world.client(with_tls, world.control)
        device, watcher = Device(client), Watcher(client)
        answer, took = long_poll(client)
        assert answer.status == 504 and answer.json()["code"] == "GATEWAY_TIMEOUT" and took < BEAT, f"{answer}, {took:.1f} s"
        for watched in (device, watcher):
            wait_until(lambda stream=watched.stream: not stream.is_open(), BEAT, "the control has cut a stream")
            assert watched.stream.ended_after < BEAT, f"the control cut a stream after {watched.stream.ended_after:.1f} s"
            assert not watched.stream.ended_by_privet(), "Privet ended a stream before the control cut it"
