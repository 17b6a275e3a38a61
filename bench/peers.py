"""Measure mllens beside Cloud Custodian and Prowler: one simulated account, one run, calls as the server counted them.

    python bench/peers.py --install DIR      make an environment for each peer below DIR by pip, then measure
    python bench/peers.py --peers DIR        measure with environments that are there
    python bench/peers.py --peers DIR 1000 --latency 0 40 --rate 10

A peer without an environment is left out, and the output says how to make it.

What is compared. Each line is one process from start to end, reports included. The tools do not do the same work:

- mllens, all rules: every rule, over all types of resources that rules read, other services included.
- mllens, same ground: only rules about what both peers read of SageMaker (the list `SAME_GROUND`). The ratios are to this.
- mllens, scan only: all rules, read into a file and not judged.
- Custodian: a policy for each of ten SageMaker types, without a filter: it collects everything and judges nothing, so its
  time is a lower bound. Its policy for training jobs asks for all of them; by itself it takes those that run.
- Prowler: its checks of one service, SageMaker (`--services` widens it), with its CSV report only.

"Resources" is what each tool itself says that it covered: for mllens the resources in its assessment, for Custodian those
in its output files, for Prowler those that have a finding (a few of which are no resources, but a feature that is not in
use). "Types" are those of which it found some. "Not read" is what it says that it could not read: gaps of the
coverage for mllens, errors logged for the others. The server shares the machine: its time is in the wall time, not in the
CPU time. It is the same for all tools: answers from a table (see ready.py), which an unmeasured run of each tool has
filled; with --rate the simulator itself.

Every process gets the account's address as its endpoint and as its proxy, made-up credentials and an empty home: nothing
can be sent anywhere else. Without the proxy, calls to S3 Control fail in the peers: botocore puts the account's number
before the host, and such names of a loopback address do not resolve.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from measure import MLLENS, Account, Asked, Used, account, run, said

from mllens.rules.load import load

PEERS = {"Custodian": ("c7n", "custodian"), "Prowler": ("prowler", "prowler")}  # package, program
SAME_GROUND = (
    "notebook-*",
    "model-network-isolation",
    "training-network-isolation",
    "training-data-cross-region",
    "endpoint-effective-capacity-single",
    "endpoint-tags-missing",
    "monitor-schedule-stopped",
)
POLICIES = (
    "notebook",
    "job",
    "endpoint",
    "endpoint-config",
    "model",
    "processing-job",
    "domain",
    "data-quality-job-definition",
    "model-bias-job-definition",
    "model-quality-job-definition",
)
ASKED_FOR_RUNNING = {"job", "processing-job"}  # an empty query asks for all
SHOWN = 12  # operations


@dataclass(frozen=True)
class Covered:
    """What a tool says of its own work."""

    judged: str
    resources: int
    types: int
    gaps: int


@dataclass(frozen=True)
class Tool:
    """One line of the output: how a process is started in an empty folder, and how its work is read from there."""

    name: str
    command: Callable[[str, Path], list[str]]
    covered: Callable[[Path], Covered]
    fine: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Line:
    """What came of one process; `covered` is None where it failed."""

    tool: Tool
    used: Used
    asked: Asked
    covered: Covered | None
    said: str


def mllens(name: str, *globs: str) -> Tool:
    """The main job, with these rules or all."""

    def command(url: str, folder: Path) -> list[str]:
        chosen = [part for glob in globs for part in ("--rule", glob)]
        program = [str(MLLENS), "audit", "--endpoint-url", url, "--region", "us-east-1", "--no-progress", *chosen]
        return [*program, "-f", "json", "-o", str(folder / "assessment.json")]

    return Tool(name, command, assessed, fine=(0, 4))


def assessed(folder: Path) -> Covered:
    """What an assessment says."""
    found = json.loads((folder / "assessment.json").read_text())
    held = {kind for kind, count in found["resources"]["by_type"].items() if count}
    gaps = sum(row["status"] not in {"complete", "empty", "bounded", "not_enabled"} for row in found["coverage"])
    return Covered(f"{len(found['rules'])} rules", found["resources"]["total"], len(held), gaps)


def scan_only() -> Tool:
    """Reading alone."""

    def command(url: str, folder: Path) -> list[str]:
        return [str(MLLENS), "scan", "--endpoint-url", url, "--region", "us-east-1", "--no-progress", "-o", "inventory"]

    def covered(folder: Path) -> Covered:
        arguments = [str(MLLENS), "assess", "inventory", "-f", "json", "-o", "assessment.json"]
        subprocess.run(arguments, cwd=folder, check=False, capture_output=True)
        found = assessed(folder)
        return Covered("-", found.resources, found.types, found.gaps)

    return Tool("mllens, scan only", command, covered, fine=(0, 4))


def custodian(program: Path) -> Tool:
    """A policy for each type."""

    def command(url: str, folder: Path) -> list[str]:
        policies = [
            {"name": kind, "resource": f"aws.sagemaker-{kind}"} | ({"query": []} if kind in ASKED_FOR_RUNNING else {})
            for kind in POLICIES
        ]
        (folder / "policy.json").write_text(json.dumps({"policies": policies}))
        return [str(program), "run", "-s", "out", "--region", "us-east-1", "--cache-period", "0", "policy.json"]

    def covered(folder: Path) -> Covered:
        held = [len(json.loads(file.read_text())) for file in folder.glob("out/*/resources.json")]
        gaps = sum(":ERROR " in line for line in said(folder).splitlines())
        return Covered(f"{len(held)} policies", sum(held), sum(map(bool, held)), gaps)

    return Tool("Custodian", command, covered)


def prowler(program: Path, services: Sequence[str]) -> Tool:
    """The checks of some services."""

    def command(url: str, folder: Path) -> list[str]:
        output = ["-M", "csv", "-o", str(folder), "-F", "report", "--no-banner", "--no-color", "--ignore-exit-code-3"]
        return [str(program), "aws", "--services", *services, "-f", "us-east-1", *output, "--log-level", "ERROR"]

    def covered(folder: Path) -> Covered:
        csv.field_size_limit(sys.maxsize)
        with (folder / "report.csv").open(newline="") as file:
            rows = list(csv.DictReader(file, delimiter=";"))
        ran = next((line.split()[1] for line in said(folder).splitlines() if line.startswith("Executing ")), "?")
        gaps = sum(" ERROR: " in line for line in said(folder).splitlines())
        resources = {row["RESOURCE_UID"] for row in rows}
        types = {uid.split(":")[-1].split("/")[0] for uid in resources}  # RESOURCE_TYPE is "Other" for most
        return Covered(f"{ran} checks", len(resources), len(types), gaps)

    return Tool(f"Prowler ({' '.join(services)})", command, covered)


def measured(tool: Tool, served: Account, latency: float) -> Line:
    """One process, from start to end."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        command = tool.command(served.url, folder)
        served.asked(latency)
        used = run(command, served.environment, folder)
        asked = served.asked()
        covered = tool.covered(folder) if used.status in tool.fine else None
        return Line(tool, used, asked, covered, said(folder))


def install(folder: Path) -> None:
    """Make the environments that are not there."""
    for package, program in PEERS.values():
        if not (folder / package / "bin" / program).exists():
            venv.create(folder / package, with_pip=True)
            subprocess.run([str(folder / package / "bin" / "pip"), "install", "--quiet", package], check=True)


def tools(folder: Path | None, services: Sequence[str]) -> Iterator[Tool]:
    """What can be measured here; says what cannot, and how to make it so."""
    yield mllens("mllens, all rules")
    yield mllens("mllens, same ground", *SAME_GROUND)
    yield scan_only()
    for name, (package, program) in PEERS.items():
        there = folder and folder / package / "bin" / program
        if there is None or not there.exists():
            print(
                f"{name} is not here: python bench/peers.py --install DIR makes an environment for it in DIR/{package}"
            )
            continue
        asked = [str(there.parent / "python"), "-c", f"import importlib.metadata as m; print(m.version({package!r}))"]
        version = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
        print(f"{name} {version}")
        yield custodian(there) if name == "Custodian" else prowler(there, services)


def told(line: Line) -> str:
    """A row of the table."""
    covered = line.covered or Covered(f"ended with {line.used.status}", 0, 0, 0)
    return (
        f"{line.tool.name:<22} {line.used.wall:>8.2f} {line.used.cpu:>7.2f} {line.used.peak:>8.0f} {line.asked.total:>6} "
        f"{line.asked.throttled:>10} {covered.judged:>12} {covered.resources:>10} {covered.types:>6} {covered.gaps:>9}"
    )


def ratios(line: Line, to: Line) -> str:
    """How much more than another line."""
    parts = {
        "wall time": (line.used.wall, to.used.wall),
        "CPU": (line.used.cpu, to.used.cpu),
        "memory": (line.used.peak, to.used.peak),
        "calls": (line.asked.total, to.asked.total),
    }
    said_ = ", ".join(f"{name} {ours / theirs:.1f}" for name, (ours, theirs) in parts.items())
    return f"{line.tool.name} / {to.tool.name}: {said_}"


def calls(lines: Sequence[Line]) -> Iterator[str]:
    """Calls by operation, those that are made most by any."""
    names = {operation for line in lines for operation in line.asked.calls}
    most = sorted(names, key=lambda name: (-max(line.asked.calls.get(name, 0) for line in lines), name))
    for operation in most[:SHOWN]:
        yield " ".join(f"{line.asked.calls.get(operation, 0):>7}" for line in lines) + f"  {operation}"
    rest = [sum(line.asked.calls.get(name, 0) for name in most[SHOWN:]) for line in lines]
    yield " ".join(f"{count:>7}" for count in rest) + f"  {len(most[SHOWN:])} other operations"


def compare(lines: Sequence[Line]) -> None:
    """Print the ratios and the calls; the first three lines are ours."""
    everything, ground, _, *peers = lines
    print()
    for peer in peers:
        if peer.covered is None:
            print(f"{peer.tool.name} ended with {peer.used.status}: {peer.said[-2000:]}")
            continue
        print(ratios(peer, ground))
        print(ratios(peer, everything))
    for line in lines:
        for operation, count in line.asked.broken.items():
            print(f"{line.tool.name}: the simulator failed {count} times on {operation}")
    print("\n" + " ".join(f"{line.tool.name.split(' (')[0].replace('mllens, ', '')[:7]:>7}" for line in lines))
    print("\n".join(calls(lines)) + "\n")


def main() -> None:
    """Print a table for each latency, the ratios, and the calls by operation."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("resources", nargs="?", type=int, default=1000)
    parser.add_argument("--latency", type=int, nargs="*", default=[0, 40], help="milliseconds added to each answer")
    parser.add_argument("--rate", type=float, default=0, help="calls a second that each operation bears")
    parser.add_argument("--wide", action="store_true", help="also packages, and a platform with every type")
    parser.add_argument("--services", nargs="+", default=["sagemaker"], help="what Prowler checks")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--peers", type=Path, metavar="DIR", help="where the environments of the peers are")
    where.add_argument("--install", type=Path, metavar="DIR", help="make them there first, by pip (2.5 GB, minutes)")
    given = parser.parse_args()
    if given.install:
        install(given.install)
    folder = given.install or given.peers
    ready = list(tools(folder.absolute() if folder else None, given.services))
    print(f"mllens has {len(load())} rules\n")
    kind = ["--wide"] if given.wide else []
    with account(given.resources, "--rate", str(given.rate), *kind) as served:
        if not given.rate:
            for tool in ready:
                measured(tool, served, 0)  # fills the table of ready-made answers
        for latency in given.latency:
            print(f"{given.resources} resources, {latency} ms" + (f", {given.rate:g} calls/s" if given.rate else ""))
            print(
                f"{'':<22} {'wall s':>8} {'CPU s':>7} {'peak MB':>8} {'calls':>6} {'throttled':>10} {'judged':>12} "
                f"{'resources':>10} {'types':>6} {'not read':>9}"
            )
            lines = []
            for tool in ready:
                lines.append(measured(tool, served, latency))
                print(told(lines[-1]), flush=True)
            compare(lines)


if __name__ == "__main__":
    main()
