"""The accounts of a run, and tokens for any account."""

import base64
import hashlib
import hmac
import json
import os
import time

ANN = "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d"
BEN = "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c"
SERVICE = "0b7e1c52-6f7d-4c1b-9f0e-2d3c4b5a6978"
# They must exist for the whole run.
OWN = {ANN, BEN, SERVICE}
# The scopes of the service.
SCOPES = "privacy:decide privacy:watch users:erase users:classify users:support users:import"


def token(user, scope=None):
    """A token for the user, as `privet token` prints it. Signed here, because a run needs hundreds of them."""
    claims = {"sub": user, "exp": int(time.time()) + 24 * 3600}
    if scope:
        claims["scope"] = scope
    signed = b".".join(map(_encode, (b'{"alg":"HS256","typ":"JWT"}', json.dumps(claims).encode())))
    secret = os.environ["PRIVET_JWT_SECRET"].encode()
    return (signed + b"." + _encode(hmac.digest(secret, signed, hashlib.sha256))).decode()


def holder(authorization):
    """The user of a valid token in a header field; None if there is none."""
    scheme, _, given = str(authorization or "").partition(" ")
    parts = given.split(".")
    if scheme != "Bearer" or len(parts) != 3:
        return None
    try:
        user = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))["sub"]
    except (ValueError, KeyError, TypeError):
        return None
    secret = os.environ["PRIVET_JWT_SECRET"].encode()
    signature = _encode(hmac.digest(secret, ".".join(parts[:2]).encode(), hashlib.sha256)).decode()
    return user if hmac.compare_digest(signature, parts[2]) else None


def _encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


if __name__ == "__main__":
    # The format that Schemathesis reads: https://github.com/WebFuzzing/Commons
    print(json.dumps({"auth": [
        {"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {token(user)}"}]}
        for name, user in {"ann": ANN, "ben": BEN}.items()
    ]}))
