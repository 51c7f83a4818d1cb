"""Two replicas of Privet and the proxies before them, each with free ports of this machine."""

import csv
import os
import random
import re
import signal
import socket
import subprocess
import time
import uuid
from urllib.parse import urlsplit

from curl import Client
from processes import Program, free_port

ROOT = os.path.realpath(f"{os.path.dirname(__file__)}/../..")
REPLICAS = ("privet-1", "privet-2")
# Failed authentications of one address, which the test exceeds.
FAILURES = 20


def configuration(name):
    with open(f"{ROOT}/docker/{name}", encoding="utf-8") as file:
        return file.read()


def timeout(name):
    """A time-out of the proxy, in seconds."""
    [found] = re.findall(rf"^    timeout {name} (\d+)s$", configuration("haproxy.cfg"), re.MULTILINE)
    return int(found)


class Database:
    """A database of the test's own on the server of TEST_DATABASE_URL."""

    def __init__(self):
        self._server = os.environ["TEST_DATABASE_URL"]
        self._name = f"privet_proxy_{uuid.uuid4().hex}"
        self.url = urlsplit(self._server)._replace(path=f"/{self._name}").geturl()
        self._query(f"CREATE DATABASE {self._name}")

    def drop(self):
        self._query(f"DROP DATABASE {self._name} WITH (FORCE)")

    def _query(self, sql):
        subprocess.run(["psql", self._server, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--command", sql], check=True,
                       stdin=subprocess.DEVNULL, timeout=30)


class Replica:
    """A running Privet, configured as in docker-compose.yml."""

    def __init__(self, name, folder, database_url):
        self.name = name
        self.port = free_port()
        self.log = f"{folder}/{name}.log"
        self._program = Program([os.environ["PRIVET_PROGRAM"], "serve"], self.log, {
            "DATABASE_URL": database_url,
            "REDIS_URL": os.environ["TEST_REDIS_URL"],
            "PRIVET_JWT_SECRET": os.environ["PRIVET_JWT_SECRET"],
            "PRIVET_LISTEN": f"127.0.0.1:{self.port}",
            # The proxy connects from this address. Clients have others, also of this machine.
            "PRIVET_TRUSTED_PROXIES": "127.0.0.1",
            "PRIVET_MAX_CONNECTIONS": "1024",
            "PRIVET_LIMIT_FAILED_AUTH": f"{FAILURES}/hour",
        })

    def stops(self, seconds):
        """Stops it as an operator does. Says whether it has ended after so many seconds."""
        self._program.signal(signal.SIGTERM)
        return self._program.ends(seconds)

    def kill(self):
        self._program.kill()

    def errors(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return [line.strip() for line in log if "panicked" in line or " ERROR " in line]


class Proxy:
    """HAProxy with the configuration of docker/, in which only addresses, ports and the given time-outs are replaced."""

    def __init__(self, name, folder, host, replicas, certificate, timeouts=()):
        self.host = host
        self.plain, self.to_https, self.tls, self._commands = (free_port() for _ in range(4))
        servers = [(f"server {replica.name} {replica.name}:8080\n", f"server {replica.name} 127.0.0.1:{replica.port}\n", 2)
                   for replica in replicas]
        plain = replaced(configuration("haproxy.cfg"), [
            ("bind :8080 ", f"bind {host}:{self.plain} ", 1),
            ("ipv4@127.0.0.1:9999", f"ipv4@127.0.0.1:{self._commands}", 1),
            *servers,
            *((f"timeout {each} {timeout(each)}s\n", f"timeout {each} {seconds}s\n", 1) for each, seconds in timeouts),
        ])
        with_tls = replaced(configuration("haproxy-tls.cfg"), [
            ("bind :8081\n", f"bind {host}:{self.to_https}\n", 1),
            ("bind :8443 ", f"bind {host}:{self.tls} ", 1),
        ])
        arguments = []
        for part, text in (("haproxy", plain), ("haproxy-tls", with_tls)):
            path = f"{folder}/{name}-{part}.cfg"
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            arguments += ["-f", path]
        self._program = Program(["haproxy", *arguments], f"{folder}/{name}.log", {"PRIVET_CERTIFICATE": certificate})

    def kill(self):
        self._program.kill()

    def is_ready(self):
        """Whether it has found both replicas ready."""
        try:
            return [row["status"] for row in self._servers()] == ["UP"] * len(REPLICAS)
        except OSError:
            return False

    def connections_with_tls(self, address):
        """How many connections with TLS the proxy has counted for a client's address."""
        found = re.findall(rf" key=(?:::ffff:)?{re.escape(address)} .* conn_cur=(\d+)", self._told("show table privet_tls"))
        return sum(int(each) for each in found)

    def _servers(self):
        """What the proxy says of each replica of the backend `ready`."""
        rows = csv.DictReader(self._told("show stat").removeprefix("# ").splitlines())
        return [row for row in rows if row["pxname"] == "ready" and row["svname"] in REPLICAS]

    def _told(self, command):
        with socket.create_connection(("127.0.0.1", self._commands), timeout=5) as connection:
            connection.sendall(f"{command}\n".encode())
            return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


class World:
    """All of it. `control` is a proxy whose time-outs are shorter than the beat of streams."""

    def __init__(self, folder, stack):
        # The whole of 127/8 belongs to this machine.
        self.network = f"127.{random.randrange(1, 255)}.{random.randrange(1, 255)}"
        self._last_address = 10
        database = Database()
        stack.callback(database.drop)
        certificate = make_certificate(folder, self.address(1))
        self.replicas = []
        for name in REPLICAS:
            replica = Replica(name, folder, database.url)
            stack.callback(replica.kill)
            self.replicas.append(replica)
        self.proxy = Proxy("proxy", folder, self.address(1), self.replicas, certificate)
        stack.callback(self.proxy.kill)
        short = [("client", 10), ("server", 10)]
        self.control = Proxy("control", folder, self.address(1), self.replicas, certificate, short)
        stack.callback(self.control.kill)
        self._certificate = certificate
        for proxy in (self.proxy, self.control):
            wait_until(proxy.is_ready, 60, "the proxy calls both replicas ready")

    def address(self, number):
        return f"{self.network}.{number}"

    def clients(self):
        """A client without TLS and one with, each with an address of its own."""
        return [self.client(), self.client(with_tls=True)]

    def client(self, with_tls=False, proxy=None):
        self._last_address += 1
        proxy = proxy or self.proxy
        base = f"https://{proxy.host}:{proxy.tls}" if with_tls else f"http://{proxy.host}:{proxy.plain}"
        return Client(self.address(self._last_address), base, self._certificate if with_tls else None)


def replaced(text, replacements):
    """The text with these replacements, each made as often as expected."""
    for old, new, times in replacements:
        assert text.count(old) == times, f"{old!r} is in the configuration {text.count(old)} times, not {times}"
        text = text.replace(old, new)
    return text


def make_certificate(folder, host):
    """A self-signed certificate with its key in one file, as HAProxy reads it."""
    path = f"{folder}/certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                    "-subj", "/CN=localhost", "-addext", f"subjectAltName=IP:{host}", "-keyout", path, "-out", f"{folder}/chain"],
                   check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(f"{folder}/chain", encoding="utf-8") as chain, open(path, "a", encoding="utf-8") as both:
        both.write(chain.read())
    return path


def wait_until(holds, seconds, what):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"after {seconds} s it is still not so that {what}")
        time.sleep(0.1)
