"""Prints the response statuses of each operation. Fails if an expected status never occurred."""

import json
import os
import sys

with open(os.environ["PRIVET_ANSWERED"]) as file:
    answered = json.load(file)
with open("../openapi/openapi.json") as file:
    paths = json.load(file)["paths"]

# Schemathesis reads the document before the run, and does not request it again. A stream has no end.
NOT_ASKED_FOR = {"get_openapi", "watch_own_changes"}

# A locked setting needs a catalogue with layers. The end-to-end tests compare these answers with the document.
LOCKED = {"update_email_contact", "update_account_privacy", "update_messaging_privacy", "update_preferences"}

missed = []
for item in paths.values():
    for said in item.values():
        operation, promised = said["operationId"], said["responses"]
        if operation in NOT_ASKED_FOR:
            continue
        seen = answered.get(operation, {})
        print(f"{operation:32}", ", ".join(f"{status}: {times}" for status, times in sorted(seen.items())))
        if not any(status.startswith("2") for status in seen):
            missed.append(f"{operation} was never answered with success")
        for status in ("400", "401", "403", "412"):
            if status == "403" and operation in LOCKED:
                continue
            if status in promised and status not in seen:
                missed.append(f"{operation} was never answered with {status}")

print(*missed, sep="\n", file=sys.stderr)
sys.exit(bool(missed))
