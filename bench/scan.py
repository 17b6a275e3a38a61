"""Measure whole scans: time, memory and calls, against a simulated account in a process of its own.

    python bench/scan.py                 1,000 resources, 0 and 40 ms
    python bench/scan.py 10000 --rate 10

Each line is one `mllens` process from start to end. The simulator shares the machine: its time is in the wall time, not
in the CPU time. Ratios are to the first line of the same run.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
MLLENS = Path(sys.executable).parent / "mllens"


@dataclass(frozen=True)
class Run:
    """One process: what it took, and what it asked."""

    wall: float
    cpu: float
    peak: float
    calls: dict[str, int]
    resources: int


@contextmanager
def account(resources: int, latency: int, rate: float) -> Iterator[str]:
    """A simulated account, served; its address."""
    command = [sys.executable, str(HERE / "account.py"), str(resources), str(latency), str(rate)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.terminate()


def scan(url: str, *options: str) -> Run:
    """One `mllens scan` and the offline assessment of what it read, which tells the calls."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "inventory.mllens"
        command = [str(MLLENS), "scan", "--endpoint-url", url, "--region", "us-east-1", "-o", str(file), *options]
        start = time.perf_counter()
        with (Path(folder) / "stderr").open("w+") as said:
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
            _, status, used = os.wait4(process.pid, 0)  # of this process alone; RUSAGE_CHILDREN would mix in the server
            wall = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            if process.returncode not in (0, 4):
                raise SystemExit(f"mllens ended with {process.returncode}: {said.read()}")
        told = subprocess.run(
            [str(MLLENS), "assess", str(file), "-f", "json"], capture_output=True, text=True, check=False
        )
        found = json.loads(told.stdout)
        return Run(
            wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, found["calls"], found["resources"]["total"]
        )


def main() -> None:
    """Print one line a run, then the calls by operation of the last."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("resources", nargs="?", type=int, default=1000)
    parser.add_argument("--latency", type=int, nargs="*", default=[0, 40], help="milliseconds added to each answer")
    parser.add_argument("--rate", type=float, default=0, help="calls a second that each operation bears")
    parser.add_argument("--rule", nargs="*", default=[], help="only these rules")
    parser.add_argument("--all-jobs", action="store_true")
    given = parser.parse_args()
    options = [part for glob in given.rule for part in ("--rule", glob)] + (["--all-jobs"] if given.all_jobs else [])
    print(
        f"{'resources':>9} {'latency':>8} {'wall s':>8} {'CPU s':>7} {'peak MB':>8} {'calls':>6} {'calls each':>11} {'ratio':>6}"
    )
    first, last = None, None
    for latency in given.latency:
        with account(given.resources, latency, given.rate) as url:
            last = scan(url, *options)
        first = first or last
        calls = sum(last.calls.values())
        print(
            f"{last.resources:>9} {latency:>5} ms {last.wall:>8.2f} {last.cpu:>7.2f} {last.peak:>8.0f} {calls:>6} "
            f"{calls / max(1, last.resources):>11.2f} {last.wall / first.wall:>6.2f}"
        )
    print()
    for operation, count in sorted((last.calls if last else {}).items(), key=lambda item: -item[1]):
        print(f"{count:>7}  {operation}")


if __name__ == "__main__":
    main()
