"""Runs the steps of a page, as a reader would who types what it says:

    run_integration.py PAGE

- A code block after a line that is only `name`: is written to that file.
- A block `console` is typed into one shell, command by command. A command that fails, or that prints something else than
  the page, ends the run. `…` on the page stands for any text.
- Other blocks are only for the reader.

The addresses of the page are replaced by free ones. PRIVET_PROGRAM is the `privet` of the commands.
"""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"(?:^`(?P<file>[^`\n]+)`:\n\n)?^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
ADDRESS = re.compile(r"127\.0\.0\.1:(\d+)")


def free_ports(page: str) -> dict[str, str]:
    """A free port for each one of the page. All are open at the same time, so that they differ."""
    sockets = {port: socket.create_server(("127.0.0.1", 0)) for port in set(ADDRESS.findall(page))}
    ports = {port: str(it.getsockname()[1]) for port, it in sockets.items()}
    for it in sockets.values():
        it.close()
    return ports


def workplace(privet: str) -> tuple[Path, dict[str, str]]:
    """An empty folder with the packages that the page has its readers install, and the environment of its shell."""
    folder = ROOT / "target" / "test-integration"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "privet").symlink_to(Path(privet).resolve())
    (folder / "node_modules").mkdir()
    (folder / "node_modules" / "privet-client").symlink_to(ROOT / "clients" / "typescript")
    # The caller's configuration must not affect the servers.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PRIVET_", "DATABASE_"))}
    environment |= {
        "PATH": f"{folder / 'bin'}:{environment['PATH']}",
        "PYTHONPATH": str(ROOT / "clients" / "python" / "src"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return folder, environment


class Shell:
    """A shell in which variables and background jobs stay."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.log = folder / "stderr.log"
        self._shell = subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Logs are not compared.
            stderr=self.log.open("w"),
            text=True,
            start_new_session=True,
        )

    def type(self, command: str) -> tuple[str, int]:
        """What a command prints, and its status."""
        end = secrets.token_hex(16)
        assert self._shell.stdin and self._shell.stdout
        self._shell.stdin.write(f"{command}\necho {end} $?\n")
        self._shell.stdin.flush()
        printed = ""
        for line in self._shell.stdout:
            before, is_end, status = line.partition(end)
            printed += before
            if is_end:
                return printed, int(status)
        sys.exit(f"the shell ended:\n{printed}")

    def close(self) -> None:
        """Ends it with everything that it started."""
        os.killpg(self._shell.pid, signal.SIGTERM)
        self._shell.wait()


def typed(shell: Shell, block: str) -> None:
    """Types the commands of a block, and compares what each prints."""
    for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        # A command goes on after a backslash.
        command, promised = re.fullmatch(r"((?:[^\n]*\\\n)*[^\n]*)\n(.*)", step, re.DOTALL).groups()
        signal.alarm(60)
        printed, status = shell.type(command)
        signal.alarm(0)
        wanted = re.escape(promised.strip()).replace("…", ".*")
        if status != 0 or (promised and not re.fullmatch(wanted, printed.strip(), re.DOTALL)):
            sys.exit(f"$ {command}\n{printed}status {status}; the page promises:\n{promised}\n{shell.log.read_text()[-3000:]}")
        print(f"$ {command.splitlines()[0]}")


def too_long(*_: object) -> None:
    raise TimeoutError("a command takes longer than a minute")


def main() -> None:
    signal.signal(signal.SIGALRM, too_long)
    # So that the shell and its servers end as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("interrupted"))
    page = Path(sys.argv[1]).read_text()
    ports = free_ports(page)
    page = ADDRESS.sub(lambda match: f"127.0.0.1:{ports[match[1]]}", page)
    folder, environment = workplace(os.environ["PRIVET_PROGRAM"])
    environment["PRIVET_LISTEN"] = f"127.0.0.1:{ports['8080']}"
    shell = Shell(folder, environment)
    steps = 0
    try:
        for block in BLOCK.finditer(page):
            if block["file"]:
                file = folder / block["file"]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(block["text"])
            elif block["kind"] == "console":
                typed(shell, block["text"])
                steps += 1
    finally:
        shell.close()
    # A page whose blocks are not found would pass.
    if steps < 5:
        sys.exit(f"{sys.argv[1]} has only {steps} blocks of commands")


main()
