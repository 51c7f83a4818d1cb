"""Has a PostgreSQL of three nodes fail over while clients of Privet work, and shows that nothing acknowledged is lost, that
nothing is stale, that every answer is 200 or 503 with Retry-After, and how long it takes. scripts/test-failover starts it."""

import os
import shutil
import signal
import sys
import time
from contextlib import ExitStack

from check import CHANGED, LOST, MAY_CHANGE, STALE, contradictions, missing
from cluster import Cluster
from processes import make_scratch
from report import KINDS, longest_gap, table
from scenarios import Control, World, go_through
from setups import Redis, SetUp

ROOT = os.path.realpath(f"{os.path.dirname(__file__)}/../..")
# The longest time without an answer, in seconds. A take-over needs ttl (10 s) and a few seconds; the rest is for a machine
# with other work.
LONGEST_GAP = 45
# How many faults of one kind are printed.
SHOWN = 5


def say(text):
    print(f"test-failover: {text}", file=sys.stderr, flush=True)


def main(chosen):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    begun = time.monotonic()
    folder = make_scratch()
    say(f"the logs are in {folder} until the test succeeds")
    with ExitStack() as stack:
        world = start(folder, stack)
        say(f"started after {time.monotonic() - begun:.1f} s")
        episodes = go_through(world, chosen, say)
        for setup in world.setups:
            setup.stop_clients()
        faults = faults_of(world, episodes)
    print(table(episodes, world.setups))
    if world.asked:
        print(f"Control, a URL with all nodes in place of the proxy: {world.stale} of {world.asked} answers were stale.")
    print(f"{time.monotonic() - begun:.0f} s.")
    for fault in faults:
        print(f"FAULT: {fault}")
    if faults:
        return 1
    shutil.rmtree(folder)
    return 0


def start(folder, stack):
    """Starts everything. What is on the stack is stopped at the end."""
    cluster = Cluster(folder, f"{ROOT}/docker/failover")
    stack.callback(cluster.stop)
    cluster.start()
    cluster.create_role_and_database(f"{ROOT}/docker/postgres-init.sh")
    for database in ("with_redis", "control"):
        cluster.query(f"CREATE DATABASE {database} OWNER privet")
    redis = Redis(folder)
    stack.callback(redis.stop)
    setups = [
        SetUp("without Redis", folder, cluster.url("privet")),
        SetUp("with Redis", folder, cluster.url("with_redis"), redis.url),
    ]
    control = Control(cluster, folder, "control")
    for each in (*setups, control):
        stack.callback(each.stop)
    for setup in setups:
        setup.start()
    return World(cluster, setups, control)


def faults_of(world, episodes):
    """Everything that was not as it must be."""
    faults = []
    if world.stale == 0 and any(episode.name == "its Patroni frozen" for episode in episodes):
        faults.append("the control found nothing stale")
    for setup in world.setups:
        faults += [f"{setup.name}: {fault}" for fault in faults_of_setup(setup, episodes)]
    return faults


def faults_of_setup(setup, episodes):
    record = setup.record
    entries = setup.entries()
    found = missing(record.history, entries)
    made = {request for recorded in entries.values() for request, _, _ in recorded}
    unanswered = [each for each in record.history if each.outcome == MAY_CHANGE and each.user in entries]
    never_made = {each for each in unanswered if each.request not in made}
    found += contradictions([each for each in record.history if each not in never_made])
    acknowledged = len([each for each in record.history if each.outcome == CHANGED])
    late = len(unanswered) - len(never_made)
    counts = {wrong: len([each for each in found if each.wrong == wrong]) for wrong in (LOST, STALE)}
    print(f"{setup.name}: {len(record.history):,} operations; {acknowledged:,} changes acknowledged, {late} more made after "
          f"their 503; {counts[LOST]} lost, {counts[STALE]} stale, {len(found) - sum(counts.values())} wrong in another way, "
          f"{len(record.unexpected)} unexpected answers.")
    faults = [f"{each.wrong}: {each.operation} contradicts {each.earlier}" for each in found[:SHOWN]]
    faults += record.unexpected[:SHOWN] + setup.failures_of_replicas()[:SHOWN]
    for episode in episodes:
        faults += [f"{episode.name}: no answer to {kind} for {gap:.1f} s" for kind in KINDS
                   if (gap := longest_gap(episode, setup, kind)) > LONGEST_GAP]
    return faults


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
