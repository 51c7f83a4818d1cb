"""Three nodes with PostgreSQL and Patroni, an etcd, and HAProxy, each at a loopback address of its own. The configuration
is that of docker/failover, unchanged."""

import glob
import http.client
import json
import os
import random
import secrets
import signal
import subprocess
import time

from processes import PATH, Program, children_of, free_port, kill_at_once, signal_all

# How long the cluster may take to become whole.
PATIENCE = 90


class Node:
    """A machine with Patroni and PostgreSQL."""

    def __init__(self, cluster, number):
        self.name = f"pg-{number}"
        self.host = cluster.address(number)
        self.data = f"{cluster.folder}/{self.name}"
        self._cluster = cluster
        self._patroni = None

    def environment(self):
        """What differs between the nodes, and the passwords. docs/deployment.md lists the same variables."""
        cluster = self._cluster
        return {
            "PATRONI_NAME": self.name,
            # Not PATRONI_ETCD3_HOSTS: docs/deployment.md says why.
            "PATRONI_ETCD_HOSTS": cluster.etcd_at,
            "PATRONI_RESTAPI_LISTEN": f"{self.host}:{cluster.patroni_port}",
            "PATRONI_RESTAPI_CONNECT_ADDRESS": f"{self.host}:{cluster.patroni_port}",
            "PATRONI_RESTAPI_USERNAME": "patroni",
            "PATRONI_RESTAPI_PASSWORD": cluster.password,
            "PATRONI_POSTGRESQL_LISTEN": f"{self.host}:{cluster.port}",
            "PATRONI_POSTGRESQL_CONNECT_ADDRESS": f"{self.host}:{cluster.port}",
            "PATRONI_POSTGRESQL_DATA_DIR": self.data,
            "PATRONI_POSTGRESQL_BIN_DIR": programs_of_postgres(),
            "PATRONI_POSTGRESQL_PGPASS": f"{self.data}.pgpass",
            "PATRONI_SUPERUSER_USERNAME": "postgres",
            "PATRONI_SUPERUSER_PASSWORD": cluster.password,
            "PATRONI_REPLICATION_USERNAME": "replicator",
            "PATRONI_REPLICATION_PASSWORD": cluster.password,
            "PATRONI_REWIND_USERNAME": "rewind",
            "PATRONI_REWIND_PASSWORD": cluster.password,
        }

    def start(self):
        configuration = f"{self._cluster.configuration}/patroni.yml"
        # At SIGINT, Patroni stops PostgreSQL as well.
        self._patroni = Program(["patroni", configuration], f"{self.data}.log", self.environment(),
                                as_postgres=True, at_our_death="INT")

    def server_processes(self):
        """PostgreSQL's processes, the first one before its children; none if it does not run."""
        try:
            with open(f"{self.data}/postmaster.pid", encoding="utf-8") as file:
                postmaster = int(file.readline())
        except (FileNotFoundError, ValueError):
            return []
        return [postmaster, *children_of(postmaster)] if os.path.exists(f"/proc/{postmaster}") else []

    def kill(self):
        """What a failure of the machine does."""
        if self._patroni is None:
            return
        pids = [self._patroni.pid, *children_of(self._patroni.pid), *self.server_processes()]
        kill_at_once(pids)
        self._patroni.kill()

    def kill_server(self):
        """Kills PostgreSQL alone."""
        kill_at_once(self.server_processes())

    def freeze_patroni(self):
        self._patroni.signal(signal.SIGSTOP)

    def thaw_patroni(self):
        self._patroni.signal(signal.SIGCONT)

    def freeze(self):
        """Freezes Patroni and PostgreSQL. Returns what thaws them."""
        pids = [self._patroni.pid, *self.server_processes()]
        signal_all(pids, signal.SIGSTOP)
        return lambda: signal_all(pids, signal.SIGCONT)

    def members(self):
        """The members of the cluster as this node sees them, by name; none if it does not answer."""
        body = self._ask("/cluster")
        return {member["name"]: member for member in json.loads(body)["members"]} if body else {}

    def is_primary(self):
        """What HAProxy asks."""
        return self._ask("/primary") is not None

    def _ask(self, path):
        connection = http.client.HTTPConnection(self.host, self._cluster.patroni_port, timeout=2)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        return body if answer.status == 200 else None


class Cluster:
    """All of it."""

    def __init__(self, folder, configuration):
        self.folder = folder
        self.configuration = configuration
        self.password = secrets.token_hex(16)
        # The whole of 127/8 belongs to this machine.
        self._network = f"127.{random.randrange(1, 255)}.{random.randrange(1, 255)}"
        self.port, self.patroni_port, etcd_port, peer_port = (free_port() for _ in range(4))
        self.etcd_at = f"{self.address(9)}:{etcd_port}"
        self._peers_at = f"{self.address(9)}:{peer_port}"
        self.host = self.address(10)
        self.nodes = [Node(self, number) for number in (1, 2, 3)]
        self._others = {}

    def address(self, number):
        return f"{self._network}.{number}"

    def start(self):
        """Starts everything, and waits until two standbys replicate."""
        client, peers = f"http://{self.etcd_at}", f"http://{self._peers_at}"
        self._run("etcd", "etcd", "--enable-v2", "--data-dir", f"{self.folder}/etcd", "--listen-client-urls", client,
                  "--advertise-client-urls", client, "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers,
                  "--initial-cluster", f"default={peers}", "--log-level", "error")
        self._start_proxy()
        for node in self.nodes:
            node.start()
        self.wait_until_whole()

    def _start_proxy(self):
        nodes = {f"PG_{number}": f"{node.host}:{self.port}" for number, node in enumerate(self.nodes, 1)}
        environment = {"PROXY": f"{self.host}:{self.port}", "PATRONI_PORT": str(self.patroni_port), **nodes}
        self._run("haproxy", "haproxy", "-f", f"{self.configuration}/haproxy.cfg", environment=environment)

    def restart_proxy(self):
        """Ends all connections between Privet and PostgreSQL."""
        self._others["haproxy"].kill()
        self._start_proxy()

    def _run(self, name, *arguments, environment=()):
        self._others[name] = Program(arguments, f"{self.folder}/{name}.log", environment, as_postgres=True)

    def stop(self):
        for node in self.nodes:
            node.kill()
        for program in self._others.values():
            program.kill()

    def primary(self):
        """The node that is the primary; None if there is none, or more than one."""
        primaries = [node for node in self.nodes if node.is_primary()]
        return primaries[0] if len(primaries) == 1 else None

    def synchronous_standby(self):
        """The standby that every commit waits for."""
        members = self.primary().members()
        [name] = [name for name, member in members.items() if member["role"] == "sync_standby"]
        return next(node for node in self.nodes if node.name == name)

    def is_whole(self):
        """Whether there is a primary, and both others replicate from it, one of them synchronously."""
        primary = self.primary()
        members = primary.members() if primary else {}
        roles = sorted(member["role"] for member in members.values())
        replicate = all(member["state"] in ("running", "streaming") for member in members.values())
        same_line = len({member.get("timeline") for member in members.values()}) == 1
        return roles == ["leader", "replica", "sync_standby"] and replicate and same_line

    def takes_changes(self, but):
        """Whether there is a primary other than this node, and a standby that its commits wait for."""
        for node in self.nodes:
            if node is not but and node.is_primary():
                return any(member["role"] == "sync_standby" for member in node.members().values())
        return False

    def wait_until_whole(self):
        wait_until(self.is_whole, "the cluster is whole", PATIENCE)

    def query(self, sql, database="postgres"):
        """Runs SQL on the primary, through the proxy, as superuser."""
        self._with_psql(["psql", "--no-psqlrc", "--quiet", "--username=postgres", f"--dbname={database}",
                         "--set=ON_ERROR_STOP=1", "--command", sql])

    def create_role_and_database(self, script):
        """With the script of docker-compose.yml: the role privet and its database."""
        password = f"{self.folder}/password"
        with open(password, "w", encoding="utf-8") as file:
            file.write(self.password)
        os.chmod(password, 0o644)
        self._with_psql(["bash", script], {"PRIVET_PASSWORD_FILE": password})

    def _with_psql(self, command, environment=()):
        server = {"PGHOST": self.host, "PGPORT": str(self.port), "PGPASSWORD": self.password, "PATH": PATH}
        done = subprocess.run(command, env={**server, **dict(environment)}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]}: {done.stderr}")

    def url(self, database):
        """For DATABASE_URL: the proxy."""
        return f"postgres://privet:{self.password}@{self.host}:{self.port}/{database}"

    def url_of_nodes(self, nodes, database):
        """For DATABASE_URL: all nodes, without the proxy."""
        hosts = ",".join(f"{node.host}:{self.port}" for node in nodes)
        return f"postgres://privet:{self.password}@{hosts}/{database}"


def wait_until(holds, what, seconds):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise RuntimeError(f"after {seconds} s it is still not so that {what}")
        time.sleep(0.2)


def programs_of_postgres():
    """The newest folder with PostgreSQL's programs, as Debian installs them."""
    folders = glob.glob("/usr/lib/postgresql/*/bin/postgres")
    return os.path.dirname(max(folders, key=lambda path: int(path.split("/")[4])))
