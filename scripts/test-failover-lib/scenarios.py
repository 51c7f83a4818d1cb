"""What goes wrong, one fault after the other, while the clients work. Each function returns when the cluster is whole again."""

import threading
import time
import uuid
from dataclasses import dataclass

import late_change
import values
from accounts import token
from cluster import wait_until
from replicas import DECISIONS, SETTINGS, Connection, Replica, service_token

# How long another node may take to become primary, and how long until clients are served again.
TAKE_OVER = 60
# The time before the first fault and after each, with nothing wrong.
CALM = 2
# How long there is no standby after the connections were lost. Longer than Privet's statement_timeout and the 10 seconds
# that it adds for the commit.
WITHOUT_STANDBY = 25
# How often the control asks.
QUESTIONS = 50


@dataclass
class World:
    """What the faults happen to."""

    cluster: object
    setups: list
    control: object
    # Stale answers of the control and all its answers.
    stale: int = 0
    asked: int = 0


@dataclass(frozen=True)
class Episode:
    """When a fault and its repair began and ended."""

    name: str
    begun: float
    ended: float


def node_killed(world):
    """kill -9 of everything on the primary's node, which later comes back."""
    node = world.cluster.primary()
    node.kill()
    wait_until(lambda: world.cluster.takes_changes(but=node), "another node is the primary", TAKE_OVER)
    node.start()


def server_killed(world):
    """kill -9 of the primary's PostgreSQL. Its Patroni starts it again or has another node take over."""
    world.cluster.primary().kill_server()
    # The nodes notice within loop_wait.
    time.sleep(3)


def patroni_frozen(world):
    """SIGSTOP of the primary's Patroni, whose PostgreSQL goes on as a primary beside the new one. A replica that is started
    then changes settings on the new primary. The others must not use the old one any more."""
    node = world.cluster.primary()
    world.control.begin()
    node.freeze_patroni()
    wait_until(lambda: world.cluster.takes_changes(but=node), "another node is the primary", TAKE_OVER)
    for setup in world.setups:
        setup.add_replica()
    world.stale, world.asked = world.control.ask(node)
    time.sleep(CALM)
    node.thaw_patroni()


def standby_frozen(world):
    """SIGSTOP of the synchronous standby. Changes wait until another standby is synchronous, and are made after their 503."""
    witnesses = [late_change.Witness(setup) for setup in world.setups]
    thaw = world.cluster.synchronous_standby().freeze()
    try:
        late_change.observe_all(witnesses, lambda witness: None)
    finally:
        thaw()


def standbys_frozen(world):
    """SIGSTOP of both standbys, and all connections to the primary are lost. The changes that wait in the primary have no
    client any more, and are made when a standby is back."""
    witnesses = [late_change.Witness(setup) for setup in world.setups]
    primary = world.cluster.primary()
    thaws = [node.freeze() for node in world.cluster.nodes if node is not primary]
    cut, thawed = threading.Event(), threading.Event()

    def meanwhile(witness):
        cut.set()
        while not thawed.is_set():
            witness.read()
            time.sleep(0.2)

    observing = threading.Thread(target=late_change.observe_all, args=(witnesses, meanwhile))
    observing.start()
    try:
        cut.wait(TAKE_OVER)
        world.cluster.restart_proxy()
        time.sleep(WITHOUT_STANDBY)
    finally:
        for thaw in thaws:
            thaw()
        thawed.set()
    observing.join()


FAULTS = {
    "kill -9 of the primary's node": node_killed,
    "kill -9 of its PostgreSQL": server_killed,
    "its Patroni frozen": patroni_frozen,
    "the synchronous standby frozen": standby_frozen,
    "both frozen, connections lost": standbys_frozen,
}


def go_through(world, chosen, say):
    """One fault after the other: all, or those whose name contains one of these texts. Returns when each was."""
    episodes = []
    time.sleep(CALM)
    for name, suffer in FAULTS.items():
        if chosen and not any(text in name for text in chosen):
            continue
        begun = time.monotonic()
        suffer(world)
        world.cluster.wait_until_whole()
        wait_until(lambda: serve_all(world.setups, time.monotonic() - 1), "all clients are served", TAKE_OVER)
        episodes.append(Episode(name, begun, time.monotonic()))
        say(f"{name}: whole again after {episodes[-1].ended - begun:.1f} s")
        time.sleep(CALM)
    return episodes


def serve_all(setups, since):
    """Whether clients of each set-up and each kind got what they asked for since then."""
    def served(setup):
        latest = [sent for sent in setup.record.sent[-2_000:] if sent.status == 200 and sent.begun > since]
        return {sent.kind for sent in latest} >= {"reads", "decisions", "changes"}
    return all(map(served, setups))


class Control:
    """Two replicas whose URL names all nodes, without a proxy. Shows what the proxy is for, and that stale answers are
    noticed: one replica keeps its connections to the old primary, whose Patroni is frozen; the other one, started later,
    changes settings on the new primary."""

    def __init__(self, cluster, folder, database):
        self._cluster, self._folder, self._database = cluster, folder, database
        self._user, self._stranger = str(uuid.uuid4()), str(uuid.uuid4())
        self._first = Replica("control 1", folder, cluster.url_of_nodes(cluster.nodes, database), None)
        self._second = None

    def begin(self):
        """While everything works."""
        self._first.wait_until_ready()
        self._set(self._first, 1)

    def ask(self, old):
        """While the old primary's Patroni is frozen and there is a new primary: how many answers were stale, of how many."""
        nodes = [node for node in self._cluster.nodes if node is not old] + [old]
        self._second = Replica("control 2", self._folder, self._cluster.url_of_nodes(nodes, self._database), None)
        self._second.wait_until_ready()
        self._set(self._second, 2)
        connection, bearer = Connection(self._first), service_token(str(uuid.uuid4()))
        body = {"checks": values.checks(self._stranger, self._user)}
        answers = [connection.ask("POST", DECISIONS, bearer, body) for _ in range(QUESTIONS)]
        told = [values.told_by(answer.body["decisions"]) for answer in answers if answer.status == 200]
        return len([each for each in told if each != values.told_of(2)]), len(told)

    def _set(self, replica, value):
        connection, bearer = Connection(replica), token(self._user)
        body = {"settings": values.settings_of(value)}
        wait_until(lambda: connection.ask("PUT", SETTINGS, bearer, body).status == 200,
                   f"{replica.name} makes a change", TAKE_OVER)

    def stop(self):
        for replica in filter(None, [self._first, self._second]):
            replica.stop()
