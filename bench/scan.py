"""Measure whole scans: time, memory and calls, against a simulated account in a process of its own.

    python bench/scan.py                 1,000 resources, 0 and 40 ms
    python bench/scan.py 10000 --rate 10
    python bench/scan.py 1000 --without sagemaker:DescribeEndpoint
    python bench/scan.py 10000 --jobs --all-jobs

Each line is one `mllens` process from start to end; the calls are those that the server counted. The server shares the
machine, so it answers from a table (see ready.py) that one scan before the first line has filled; with --rate it is the
simulator itself, which takes as much of the machine as the scan. Its time is in the wall time, not in the CPU time.
Ratios are to the first line of the same run. Below stand the calls of the last line by operation, with the fields that
asked for them.
"""

import argparse
import json
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from measure import MLLENS, Account, Asked, Used, account, run, said

from mllens.rules import Rule
from mllens.rules.load import load
from mllens.scanner.plan import plan

NAMED = 3  # causes that are told by name


@dataclass(frozen=True)
class Scan:
    """One scan: what it took, what it asked, what it found."""

    used: Used
    asked: Asked
    resources: int


def scan(served: Account, latency: float, *options: str) -> Scan:
    """One `mllens scan`, and how many resources the offline assessment of what it read counts."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        command = [str(MLLENS), "scan", "--endpoint-url", served.url, "--region", "us-east-1", "-o", "inventory.mllens"]
        served.asked(latency)
        used = run([*command, *options], served.environment, folder)
        if used.status not in (0, 4):
            raise SystemExit(f"mllens ended with {used.status}: {said(folder)}")
        asked = served.asked()
        told = subprocess.run(
            # one rule, for the count alone: all of them take longer than the scan
            [str(MLLENS), "assess", str(folder / "inventory.mllens"), "-f", "json", "--rule", "budget-for-ml"],
            capture_output=True,
            text=True,
            check=False,
        )
        if told.returncode not in (0, 4):
            raise SystemExit(f"mllens assess ended with {told.returncode}: {told.stderr}")
        return Scan(used, asked, json.loads(told.stdout)["resources"]["total"])


def causes(rules: list[Rule]) -> dict[str, list[str]]:
    """Which fields ask for a call that is made for each resource, or for Search, by `service:Operation`."""
    found: dict[str, list[str]] = {}
    for need in plan((read for rule in rules for read in rule.reads), {rule.subject for rule in rules}).needs.values():
        services = {call.operation: call.service for call in need.calls}
        for operation, reads in need.because.items():
            if operation in services:  # where a list says enough, nothing is asked
                found.setdefault(f"{services[operation]}:{operation}", []).extend(reads)
    return found


def selected(globs: list[str], without: list[str]) -> tuple[list[Rule], list[str]]:
    """The rules that a scan is for, and the options that say so."""
    rules = [rule for rule in load() if not globs or any(Path(rule.id).match(glob) for glob in globs)]
    left = [rule for rule in rules if not causes([rule]).keys() & set(without)]
    if not without:
        return left, [part for glob in globs for part in ("--rule", glob)]
    return left, [part for rule in left for part in ("--rule", rule.id)]


def by_operation(asked: Asked, because: dict[str, list[str]]) -> Iterator[str]:
    """A line for each operation, most called first."""
    for operation, count in sorted(asked.calls.items(), key=lambda item: (-item[1], item[0])):
        reads = sorted(set(because.get(operation, [])))
        more = f" and {len(reads) - NAMED} more" if len(reads) > NAMED else ""
        yield f"{count:>7}  {operation:<52} {', '.join(reads[:NAMED])}{more}".rstrip()


def main() -> None:
    """Print one line a run, then the calls by operation of the last."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("resources", nargs="?", type=int, default=1000)
    parser.add_argument("--latency", type=int, nargs="*", default=[0, 40], help="milliseconds added to each answer")
    parser.add_argument("--times", type=int, default=1, help="how often, with each latency")
    parser.add_argument("--rate", type=float, default=0, help="calls a second that each operation bears")
    parser.add_argument("--rule", nargs="*", default=[], help="only these rules")
    parser.add_argument(
        "--without", nargs="*", default=[], help="no rule for which these are called, for each resource"
    )
    parser.add_argument("--all-jobs", action="store_true", help="every training job, not the newest of each family")
    parser.add_argument("--jobs", action="store_true", help="an account of training jobs alone")
    parser.add_argument("--wide", action="store_true", help="also packages, and a platform with every type")
    given = parser.parse_args()
    rules, options = selected(given.rule, given.without)
    options += ["--all-jobs"] if given.all_jobs else []
    kind = [f"--{name}" for name in ("jobs", "wide") if getattr(given, name)]
    print(
        f"{'resources':>9} {'latency':>8} {'wall s':>8} {'CPU s':>7} {'peak MB':>8} {'calls':>6} {'calls each':>11} "
        f"{'ratio':>6} {'throttled':>10}"
    )
    first, last = None, None
    with account(given.resources, "--rate", str(given.rate), *kind) as served:
        if not given.rate:
            scan(served, 0, *options)  # fills the table of ready-made answers
        for latency in given.latency * given.times:
            last = scan(served, latency, *options)
            first = first or last
            print(
                f"{last.resources:>9} {latency:>5} ms {last.used.wall:>8.2f} {last.used.cpu:>7.2f} "
                f"{last.used.peak:>8.0f} {last.asked.total:>6} {last.asked.total / max(1, last.resources):>11.2f} "
                f"{last.used.wall / first.used.wall:>6.2f} {last.asked.throttled:>10}",
                flush=True,
            )
    if last is None:
        return
    services = Counter[str]()
    for operation, count in last.asked.calls.items():
        services[operation.partition(":")[0]] += count
    own, tags = services["sagemaker"], services["resourcegroupstaggingapi"]
    other = last.asked.total - own - tags
    print(f"\n{len(rules)} rules; calls: {own} to SageMaker, {tags} for tags, {other} to other services\n")
    print("\n".join(by_operation(last.asked, causes(rules))))


if __name__ == "__main__":
    main()
