"""A scan that is killed, wherever, goes on to the same bytes, and reads nothing twice that it had finished."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import account
import msgspec
import pytest
from scans import RULES, WANTED, Scanner

from mllens.assess import assess
from mllens.reports import FORMATS
from mllens.sandbox import Fault, Faults, Sandbox
from mllens.scanner import BadInventory, Inventory, load
from mllens.scanner.collect import Referred
from mllens.scanner.engine import Options, scan
from mllens.scanner.inventory import encode_rows
from mllens.scanner.plan import Need


def first_call(need: Need) -> str:
    """The call without which a part of a type cannot be begun."""
    source = need.collector.source
    return str(need.then[0] if isinstance(source, Referred) else source.call)


FIRST = {type_.replace("::", "-"): first_call(need) for type_, need in WANTED.needs.items() if need.calls}
FIRST["tags"] = "resourcegroupstaggingapi:GetResources"


LAST = {t.replace("::", "-") for t, need in WANTED.needs.items() if isinstance(need.collector.source, Referred)}
"""Read last: once these are kept no call may be left to die at."""

BY_NAME = {t.replace("::", "-") for t, need in WANTED.needs.items() if need.named and need.collector.by_name}


class Killed(BaseException):
    """The process ends here."""


def die(call: object) -> None:
    raise Killed


@pytest.fixture(scope="module")
def scanner() -> Iterator[Scanner]:
    with Sandbox(on_kill=die) as sandbox:
        account.seed(sandbox)
        yield Scanner(sandbox)


@pytest.fixture(scope="module")
def whole(scanner: Scanner) -> tuple[bytes, int]:
    """What a scan in one go gives, and with how many calls."""
    scanner.sandbox.calls.clear()
    inventory = scanner()
    return as_bytes(inventory), len(scanner.sandbox.calls)


def as_bytes(inventory: Inventory) -> bytes:
    """The inventory without the counts of calls, which tell the two runs apart; a report is made of nothing else."""
    manifest = msgspec.structs.replace(inventory.manifest, calls={}, throttled=0, retried=0)
    return b"\n".join([msgspec.json.encode(manifest), *encode_rows(inventory.rows)])


def report(inventory: Inventory) -> str:
    return FORMATS["json"].render(assess(inventory, RULES, reproducible=True))


def finished(parts: Path) -> set[tuple[str, str]]:
    """Type and region of the parts that lie there."""
    return {(file.stem, file.parent.name) for file in parts.rglob("*.part")}


def asked(sandbox: Sandbox) -> set[tuple[str, str]]:
    return {(f"{made.service}:{made.operation}", made.region) for made in sandbox.calls}


def test_killed_at_any_call(scanner: Scanner, whole: tuple[bytes, int], tmp_path: Path) -> None:
    sandbox, (bytes_of_one_go, calls) = scanner.sandbox, whole
    kept = set()
    for nth in range(1, calls + 1, 3):
        parts = tmp_path / str(nth)
        sandbox.faults = Faults(Fault("kill", nth=nth, when="after" if nth % 2 else "before"))
        with pytest.raises(Killed):
            scanner(parts=parts)
        sandbox.faults = Faults()
        before = finished(parts)
        sandbox.calls.clear()
        assert as_bytes(scanner(parts=parts, resume=True)) == bytes_of_one_go, f"killed at call {nth}"
        again = asked(sandbox)
        assert {part.removesuffix("+named") for part, _ in finished(parts)} == set(FIRST), f"killed at call {nth}"
        twice = {
            (part, place)
            for part, place in before
            if (FIRST.get(part), "us-east-1" if place == "global" else place) in again
        }
        # buckets are asked for in the regions of those that name them, and types may share a first call
        shared = {part for part in FIRST if list(FIRST.values()).count(FIRST[part]) > 1} | {"AWS-S3-Bucket"}
        # what asks for one by name with the call that lists all is done when those named were asked for
        named = {(part, place) for part, place in before if part in BY_NAME and (f"{part}+named", place) not in before}
        assert {p for p in twice - named if p[0] not in shared} == set(), f"killed at call {nth}"
        kept |= before
    assert {part.removesuffix("+named") for part, _ in kept} | LAST == set(FIRST)


def test_a_finished_scan_is_not_read_again_at_all(scanner: Scanner, whole: tuple[bytes, int], tmp_path: Path) -> None:
    first = scanner(parts=tmp_path)
    scanner.sandbox.calls.clear()
    second = scanner(parts=tmp_path, resume=True)
    assert as_bytes(second) == whole[0]
    assert report(second) == report(first)
    assert scanner.sandbox.calls.counter.keys() <= {"sts:GetCallerIdentity", "ec2:DescribeRegions"}


def test_the_clock_is_that_of_the_first_start(scanner: Scanner, tmp_path: Path) -> None:
    first = scanner(parts=tmp_path).manifest.now
    scanner.sandbox.clock.set(scanner.now.replace(hour=13))
    again = Options(regions=scanner.sandbox.regions, metrics=True, parts=tmp_path, resume=True)
    assert scan(scanner.clients, scanner.wanted, again).manifest.now == first


def test_what_was_denied_is_asked_for_again(scanner: Scanner, whole: tuple[bytes, int], tmp_path: Path) -> None:
    scanner.sandbox.faults = Faults(Fault("deny", "sagemaker:Describe*", share=0.5), Fault("deny", "resource*"))
    scanner(parts=tmp_path)
    scanner.sandbox.faults = Faults()
    assert as_bytes(scanner(parts=tmp_path, resume=True)) == whole[0]


@pytest.mark.parametrize("damage", [b"", b"no frame", b"\x28\xb5\x2f\xfd\x00"])
def test_a_damaged_part_is_read_again(
    scanner: Scanner, whole: tuple[bytes, int], tmp_path: Path, damage: bytes
) -> None:
    scanner(parts=tmp_path)
    (tmp_path / "us-east-1" / "AWS-SageMaker-Model.part").write_bytes(damage)
    assert as_bytes(scanner(parts=tmp_path, resume=True)) == whole[0]


def test_a_cut_part_is_read_again(scanner: Scanner, whole: tuple[bytes, int], tmp_path: Path) -> None:
    scanner(parts=tmp_path)
    part = tmp_path / "us-east-1" / "AWS-SageMaker-Model.part"
    part.write_bytes(part.read_bytes()[:-5])
    assert as_bytes(scanner(parts=tmp_path, resume=True)) == whole[0]


def test_parts_of_another_scan_are_refused(scanner: Scanner, tmp_path: Path) -> None:
    scanner(parts=tmp_path)
    with pytest.raises(BadInventory, match=r"its scan had another|holds parts of another scan"):
        scanner(parts=tmp_path, resume=True, metrics=False)
    with pytest.raises(BadInventory, match=r"its scan had another|holds parts of another scan"):
        scanner(parts=tmp_path, resume=True, regions=("us-east-1",))


@pytest.mark.parametrize("state", ["", "[]", "{}", '{"identity": 1}', '{"identity": {}, "now": "x"}', "\x00"])
def test_a_damaged_state_is_named(scanner: Scanner, tmp_path: Path, state: str) -> None:
    (tmp_path / "scan.json").write_text(state)
    with pytest.raises(BadInventory, match=r"scan\.json: damaged; scan again without --resume"):
        scanner(parts=tmp_path, resume=True)


def test_a_folder_that_is_not_ours_is_left_alone(scanner: Scanner, tmp_path: Path) -> None:
    precious = tmp_path / "precious.txt"
    precious.write_text("mine")
    scanner(parts=tmp_path)
    assert precious.read_text() == "mine"


@pytest.mark.parametrize("nth", [6, 30])
def test_a_process_that_is_lost(tmp_path: Path, nth: int) -> None:
    """The audited process itself ends at once, in the midst of a call."""
    with Sandbox() as sandbox, sandbox.serve() as url:
        account.seed(sandbox)
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("AWS_")},
            "AWS_ACCESS_KEY_ID": os.environ["AWS_ACCESS_KEY_ID"],
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
        command = ["scan", "--endpoint-url", url, "--region", "us-east-1", "--region", "eu-west-1", "-o", "a.mllens"]

        def mllens(*more: str, program: str = "from mllens.cli import main; main()") -> int:
            arguments = [sys.executable, "-c", program, *command, *more]
            done = subprocess.run(arguments, cwd=tmp_path, env=environment, capture_output=True, check=False)
            assert b"Traceback" not in done.stderr
            return done.returncode

        lost = f"""
import itertools, os
from mllens.cli import main
from mllens.scanner.client import Clients
send, counter = Clients.send, itertools.count(1)
def counted(*given):
    return os._exit(9) if next(counter) == {nth} else send(*given)
Clients.send = counted
main()
"""
        assert mllens(program=lost) == 9
        assert not (tmp_path / "a.mllens").exists()
        assert mllens("--resume") == 0
        resumed = load(tmp_path / "a.mllens")
        assert not (tmp_path / "a.mllens.parts").exists()
        command[-1] = "b.mllens"
        assert mllens() == 0
        assert as_bytes(resumed) == as_bytes(load(tmp_path / "b.mllens"))
