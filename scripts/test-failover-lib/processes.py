"""Starts, freezes and kills programs, and finds the processes of a PostgreSQL server."""

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile

# PostgreSQL and Patroni refuse to run as root.
AS_POSTGRES = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
IS_ROOT = os.geteuid() == 0
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Program:
    """A running program."""

    def __init__(self, arguments, log, environment=(), as_postgres=False, at_our_death="KILL"):
        # The second setpriv must come after the first one, because a change of the user resets what it sets.
        prefix = (AS_POSTGRES if as_postgres and IS_ROOT else []) + ["setpriv", "--pdeathsig", at_our_death]
        self.log = log
        with open(log, "ab") as output:
            self._process = subprocess.Popen(
                prefix + list(map(str, arguments)),
                env={"PATH": PATH, "LANG": "C.UTF-8", **dict(environment)},
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/",
            )
        self.pid = self._process.pid

    def runs(self):
        return self._process.poll() is None

    def ends(self, seconds):
        """Waits until the program has ended, for so long. Says whether it has."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def signal(self, number):
        if self.runs():
            self._process.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self._process.wait()


def signal_all(pids, number):
    """Sends a signal to those of the processes that still run."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def kill_at_once(pids):
    """Kills processes without one of them reacting to the end of another."""
    signal_all(pids, signal.SIGSTOP)
    signal_all(pids, signal.SIGKILL)


def children_of(pid):
    """The processes that this one has started and that still run."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8") as stat:
                # The name before the last parenthesis may contain anything.
                parent = stat.read().rpartition(")")[2].split()[1]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(parent) == pid:
            found.append(int(entry))
    return found


def make_scratch():
    """A folder that the postgres user may write to. Not under TMPDIR, which that user perhaps cannot enter."""
    folder = tempfile.mkdtemp(prefix="privet-failover.", dir="/tmp")
    os.chmod(folder, 0o755)
    if IS_ROOT:
        shutil.chown(folder, "postgres", "postgres")
    return folder


# The ports that were given away. The programs may not listen on them yet.
_given = set()


def free_port():
    """A port that is free on all addresses, below the range from which the system assigns ports."""
    while True:
        port = random.randrange(20_000, 32_000)
        if port in _given:
            continue
        _given.add(port)
        with socket.socket() as probe:
            try:
                probe.bind(("", port))
            except OSError:
                continue
        return port
