"""Tests Privet behind the proxy of docker-compose.yml. scripts/test-proxy starts it. Everything is tested over HTTP/1.1, and
over HTTP/2 with TLS.

- Devices' streams, services' streams and long polls are open for longer than the proxy's time-outs without a change, and the
  next change is told. The control, a proxy with time-outs below the streams' beat, cuts them.
- When a replica stops, its streams end, and clients that connect again miss nothing.
- Privet limits bodies, the proxy limits heads and, with TLS, the connections of an address.
- Failed authentications count for the client's own address, whatever X-Forwarded-For the client sends.
- Metrics are not public. HTTP is redirected to HTTPS, which has Strict-Transport-Security.
"""

import shutil
import signal
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import limits
import streams
from world import World


def say(text):
    print(f"test-proxy: {text}", file=sys.stderr, flush=True)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    begun = time.monotonic()
    folder = tempfile.mkdtemp(prefix="privet-proxy.")
    say(f"the logs are in {folder} until the test succeeds")
    with ExitStack() as stack:
        world = World(folder, stack)
        say(f"started after {time.monotonic() - begun:.1f} s")
        for check in limits.quick_checks():
            run(check, world)
        silence = streams.Silence(world)
        stack.callback(silence.close)
        with ThreadPoolExecutor() as threads:
            side = [*limits.slow_checks(), streams.a_proxy_with_shorter_timeouts_cuts_them]
            for done in [threads.submit(run, check, world) for check in side]:
                done.result()
        silence.end()
        say(f"ok: streams and long polls outlived {streams.SILENCE} s of silence")
        moved = silence.stop_a_replica(world)
        say(f"ok: {moved} of {len(silence.open)} streams moved to the other replica")
        errors = [line for replica in world.replicas for line in replica.errors()]
        assert not errors, errors
    shutil.rmtree(folder)
    took = time.monotonic() - begun
    print(f"Behind the proxy all of this works over HTTP/1.1 and HTTP/2. {took:.0f} s.")


def run(check, world):
    check(world)
    say(f"ok: {check.__name__.replace('_', ' ')}")


if __name__ == "__main__":
    main()
