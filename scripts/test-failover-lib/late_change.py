"""A change that is made after its 503: it is shown from then on, by all replicas and as one change, and repeating it changes
nothing."""

import threading
import time
import uuid

import values
from accounts import token
from check import CHANGED, MAY_CHANGE, READ, Operation
from clients import fault_of
from replicas import DECISIONS, SETTINGS, Connection, service_token
from setups import entries_of

BEFORE, AFTER = 1, 200
# How long until the change is made: the standby must be given up, and another one become synchronous.
PATIENCE = 30


class Witness:
    """A user of a set-up who makes such a change."""

    def __init__(self, setup):
        self.setup = setup
        self.user = str(uuid.uuid4())
        self.token = token(self.user)
        self.connections = [Connection(replica) for replica in setup.replicas]
        self.tag = self._put(BEFORE, str(uuid.uuid4())).fields["ETag"]

    def observe(self, meanwhile):
        """While commits wait for a standby that does not answer. `meanwhile` is called between the 503 and the change."""
        request = str(uuid.uuid4())
        answer = self._put(AFTER, request)
        self._expect(answer.status == 503, f"the change waits, and is 503, not {answer.status}")
        meanwhile(self)
        end = time.monotonic() + PATIENCE
        # Decisions never come from a cache.
        while self._told() != values.told_of(AFTER):
            if time.monotonic() > end:
                return self._expect(False, "the change is made in the end")
            time.sleep(0.2)
        tags = [self._get(index).fields["ETag"] for index in range(len(self.connections))]
        self._expect(len(set(tags)) == 1 and self.tag not in tags, f"all replicas show it, with one new tag: {tags}")
        self._expect(self._is_on_record_once(request), "it is on record, once and completely")
        repeated = str(uuid.uuid4())
        # As a read, because the value stands already.
        answer = self._put(AFTER, repeated, acknowledged=READ)
        self._expect(answer.fields["ETag"] == tags[0], f"repeating it changes no tag: {answer.fields['ETag']}")
        self._expect(repeated not in self._requests(), "repeating it leaves no entry")
        tags = [self._get(index).fields["ETag"] for index in range(len(self.connections))]
        self._expect(set(tags) == {answer.fields["ETag"]}, f"all replicas show what was acknowledged: {tags}")

    def _put(self, value, request, acknowledged=CHANGED):
        begun = time.monotonic()
        body = {"settings": values.settings_of(value)}
        answer = self._ask(0, "PUT", SETTINGS, self.token, body, X_Request_Id=request)
        made = answer.status == 200
        self._note(begun, acknowledged if made else MAY_CHANGE, value, answer.revision() if made else 0)
        return answer

    def _get(self, index):
        begun = time.monotonic()
        answer = self._ask(index, "GET", SETTINGS, self.token)
        if answer.status == 200:
            self._note(begun, READ, values.value_of(answer.body), answer.revision())
        return answer

    def read(self):
        """Reads the settings through all replicas, which puts them into the cache."""
        for index in range(len(self.connections)):
            self._get(index)

    def _told(self):
        """What decisions tell; None if there is no answer."""
        body = {"checks": values.checks(str(uuid.uuid4()), self.user)}
        answer = self._ask(1, "POST", DECISIONS, service_token(str(uuid.uuid4())), body)
        return values.told_by(answer.body["decisions"]) if answer.status == 200 else None

    def _is_on_record_once(self, request):
        before, after = values.settings_of(BEFORE), values.settings_of(AFTER)
        expected = [(request, name, after[name]) for name in after if after[name] != before[name]]
        found = [entry for entry in entries_of(self.connections[0], self.user) if entry[0] == request]
        return sorted(found, key=str) == sorted(expected, key=str)

    def _requests(self):
        return {request for request, _, _ in entries_of(self.connections[0], self.user)}

    def _ask(self, index, *request, **fields):
        answer = self.connections[index].ask(*request, **fields)
        wrong = fault_of(answer)
        self._expect(wrong is None, f"200 or 503, not {wrong}")
        return answer

    def _note(self, begun, *outcome):
        self.setup.record.history.append(Operation(self.user, begun, time.monotonic(), *outcome))

    def _expect(self, holds, what):
        if not holds:
            self.setup.record.unexpected.append(f"a change that waits for a standby: {what}")


def observe_all(witnesses, meanwhile):
    """All at once."""
    def observe(witness):
        try:
            witness.observe(meanwhile)
        except Exception as error:  # The thread would end unseen.
            witness.setup.record.unexpected.append(f"a change that waits for a standby: {error!r}")

    threads = [threading.Thread(target=observe, args=(witness,)) for witness in witnesses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
