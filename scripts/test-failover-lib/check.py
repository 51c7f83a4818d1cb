"""Whether a history could be that of one copy of the settings: what was acknowledged or seen before a request began is what
it must show, or something newer. Pure; knows no server.

`crates/privet/tests/e2e/faults/consistency/check.rs` has the same rules for failures of Redis and of replicas."""

import collections
import heapq
from dataclasses import dataclass

import values

# The revision of a user who has not changed anything.
FIRST = 1
# Which operations have which outcome.
CHANGED, MAY_CHANGE, READ, DECIDED = "changed", "may change", "read", "decided"


@dataclass(frozen=True)
class Operation:
    """A request and what came of it. Times are those of one clock."""

    user: str
    begun: float
    ended: float
    outcome: str
    # What was set or shown; of a decision, what it told.
    value: int
    # After a change, or in an answer.
    revision: int = 0
    # Of a change: the id that is in the history of the user.
    request: str = ""


@dataclass(frozen=True)
class Violation:
    """An operation that contradicts others, and how: STALE, FROM_NOWHERE, TWO_VALUES, LOST or PARTIAL."""

    wrong: str
    operation: Operation
    # What it contradicts.
    earlier: object = None


STALE, FROM_NOWHERE, TWO_VALUES, LOST, PARTIAL = "stale", "from nowhere", "two values", "lost", "partial or repeated"


def contradictions(history):
    """All operations that contradict others, by the time at which they began."""
    users = collections.defaultdict(list)
    for operation in sorted(history, key=lambda operation: operation.begun):
        users[operation.user].append(operation)
    found = [violation for operations in users.values() for violation in _of_one_user(operations)]
    return sorted(found, key=lambda violation: violation.operation.begun)


def _of_one_user(operations):
    revisions, found = _revisions(operations)
    possible = [(each.begun, values.told_of(each.value)) for each in operations if each.outcome == MAY_CHANGE]
    last = max(revisions)
    ending, newest = [], (FIRST, None)
    for index, operation in enumerate(operations):
        while ending and ending[0][0] < operation.begun:
            _, revision, at = heapq.heappop(ending)
            if revision > newest[0]:
                newest = (revision, operations[at])
        shown = _oldest_possible(operation, range(newest[0], last + 1), revisions, possible)
        if shown is None:
            continue
        if shown < newest[0]:
            found.append(Violation(STALE, operation, newest[1]))
        else:
            heapq.heappush(ending, (operation.ended, shown, index))
    return found


def _revisions(operations):
    """What each revision is and when it was asked for: first from those who made it, then from those who saw it."""
    known, found = {FIRST: (values.DEFAULT, float("-inf"))}, []
    for each in operations:
        if each.outcome == CHANGED:
            value, _ = known.setdefault(each.revision, (each.value, each.begun))
            if value != each.value:
                found.append(Violation(TWO_VALUES, each))
    possible = [each for each in operations if each.outcome == MAY_CHANGE]
    for each in operations:
        if each.outcome != READ:
            continue
        if each.revision not in known:
            makers = [change for change in possible if change.value == each.value and change.begun <= each.ended]
            if not makers:
                found.append(Violation(FROM_NOWHERE, each))
                continue
            known[each.revision] = (each.value, makers[0].begun)
        value, asked_for = known[each.revision]
        if value != each.value:
            found.append(Violation(TWO_VALUES, each))
        elif asked_for > each.ended:
            found.append(Violation(FROM_NOWHERE, each))
    return known, found


def _oldest_possible(operation, candidates, revisions, possible):
    """The oldest of the revisions `candidates` that can have stood when the answer was made; 0 if none can; None if the
    operation says nothing."""
    if operation.outcome in (CHANGED, READ):
        return operation.revision
    if operation.outcome == MAY_CHANGE:
        return None
    if any(told == operation.value and begun <= operation.ended for begun, told in possible):
        return candidates[0]
    for revision in candidates:
        value, asked_for = revisions.get(revision, (None, float("-inf")))
        # What was asked for later was made later, and so was everything above it.
        if asked_for > operation.ended:
            break
        if value is not None and values.told_of(value) == operation.value:
            return revision
    return 0


def missing(history, entries):
    """Acknowledged changes that the users' own histories lack, and changes that were made partly or twice.

    `entries` has for each user the entries of the history, oldest first, as (request, setting, new value)."""
    found = []
    for user, recorded in entries.items():
        changes = {each.request: each for each in history if each.user == user and each.request}
        made = _replay(recorded)
        for request, change in changes.items():
            states = made.pop(request, [])
            if change.outcome == CHANGED and not states:
                found.append(Violation(LOST, change))
            elif states and states != [change.value]:
                found.append(Violation(PARTIAL, change, states))
        found += [Violation(FROM_NOWHERE, Operation(user, 0, 0, CHANGED, states[-1])) for states in made.values()]
    return found


def _replay(recorded):
    """For each request the values that stood after its entries. Entries of a request stand together, if it was made once."""
    settings, made, last = values.settings_of(values.DEFAULT), collections.defaultdict(list), None
    for request, setting, value in recorded:
        settings[setting] = value
        if request == last:
            made[request].pop()
        made[request].append(values.value_of(settings))
        last = request
    return made
