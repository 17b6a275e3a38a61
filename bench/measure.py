"""What the benchmarks share: a simulated account in a process of its own, and processes measured against it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
MLLENS = Path(sys.executable).parent / "mllens"


@dataclass(frozen=True)
class Used:
    """One process from start to end: seconds, seconds of CPU, megabytes at most, and how it ended."""

    wall: float
    cpu: float
    peak: float
    status: int


@dataclass(frozen=True)
class Asked:
    """What came in at the server, tries that were throttled included: calls by `service:Operation`."""

    calls: Mapping[str, int] = field(default_factory=dict)
    throttled: int = 0
    broken: Mapping[str, int] = field(default_factory=dict)  # answered with a failure of the server, which is no AWS

    @property
    def total(self) -> int:
        """All calls."""
        return sum(self.calls.values())


class Account:
    """A simulated account that is served."""

    def __init__(self, url: str, server: subprocess.Popen[str]) -> None:
        self.url = url
        self._server = server

    def asked(self, latency: float = 0) -> Asked:
        """The calls since the last look; from now on each answer takes so many milliseconds."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        try:
            self._server.stdin.write(f"{latency}\n")
            self._server.stdin.flush()
            line = self._server.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise SystemExit(f"the simulated account has ended with {self._server.wait()}; run the benchmark again")
        found: dict[str, dict[str, int]] = json.loads(line)
        return Asked(
            calls={operation: sum(outcomes.values()) for operation, outcomes in found.items()},
            throttled=sum(n for outcomes in found.values() for code, n in outcomes.items() if "hrottl" in code),
            broken={
                operation: sum(n for code, n in outcomes.items() if code in {"InternalFailure", "NotImplemented"})
                for operation, outcomes in found.items()
                if outcomes.keys() & {"InternalFailure", "NotImplemented"}
            },
        )

    @property
    def environment(self) -> dict[str, str]:
        """For a process that shall see this account and nothing else.

        What is addressed to any other host goes to the account as to a proxy: S3 Control puts the account's number
        before the host, where names of 127.0.0.1 do not resolve.
        """
        kept = {
            name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "TMPDIR", "AWS_CA_BUNDLE"}
        }
        return kept | {
            "AWS_ENDPOINT_URL": self.url,
            "HTTP_PROXY": self.url,
            "http_proxy": self.url,
            "HTTPS_PROXY": self.url,
            "https_proxy": self.url,
            "AWS_ACCESS_KEY_ID": "AKIAQQQQQQQQQQQQQQQQ",
            "AWS_SECRET_ACCESS_KEY": "made-up",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


@contextmanager
def account(resources: int, *options: str) -> Iterator[Account]:
    """A simulated account, served; the options are those of account.py."""
    command = [sys.executable, str(HERE / "account.py"), str(resources), *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        if not url:
            raise SystemExit("the simulated account did not start; what it said stands above")
        try:
            yield Account(url, server)
        except BaseException:
            server.terminate()
            raise
        finally:
            with suppress(BrokenPipeError):  # of a server that was ended from outside
                server.stdin.close()
    if server.returncode:
        raise SystemExit(f"the simulated account has ended with {server.returncode}: nothing that was measured holds")


def run(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Used:
    """Run one process in a folder, which is its home too and holds what it said in `said`."""
    start = time.perf_counter()
    with (folder / "said").open("w") as said:
        process = subprocess.Popen(
            command, cwd=folder, env={**environment, "HOME": str(folder)}, stdout=said, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)  # of this process alone; RUSAGE_CHILDREN would mix in the server
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    peak = used.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
    return Used(wall, used.ru_utime + used.ru_stime, peak, process.returncode)


def said(folder: Path) -> str:
    """What the process of this folder said."""
    return (folder / "said").read_text(errors="replace")
