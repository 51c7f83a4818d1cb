"""Prints users and a service with tokens for them, as JSON by name. PRIVET_PROGRAM makes the tokens."""

import json
import os
import subprocess
import uuid


def caller(*scope):
    user = str(uuid.uuid4())
    command = [os.environ["PRIVET_PROGRAM"], "token", "--user", user, *scope]
    token = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    return {"id": user, "token": token}


callers = {name: caller() for name in ("ann", "ben", "cat", "dan")}
callers["service"] = caller("--scope", "privacy:decide users:erase")
print(json.dumps(callers))
