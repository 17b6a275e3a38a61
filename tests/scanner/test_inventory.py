"""The inventory file: what is written is read, and nothing else is taken for it."""

import hashlib
import os
import re
from pathlib import Path
from typing import Any

import account
import msgspec
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from scans import RULES, Scanner

from mllens.assess import assess
from mllens.sandbox import Sandbox
from mllens.scanner import BadInventory, Graph, Inventory, Key, load, save
from mllens.scanner import inventory as module
from mllens.scanner.row import Row

MANIFEST: dict[str, Any] = {
    "magic": "mllens-inventory",
    "format": 1,
    "mllens_version": "0.1.0",
    "botocore_version": "1.44.0",
    "caller_arn": "arn:aws:iam::123456789012:user/auditor",
    "partition": "aws",
    "now": 1793534400.0,
    "started_at": 1793534400.0,
    "finished_at": 1793534460.0,
    "policy_sha256": "",
    "accounts": ["123456789012"],
    "regions": ["us-east-1"],
    "shapes": {},
    "coverage": [],
}
ROW: dict[str, Any] = {
    "type": "AWS::SageMaker::Model",
    "account": "123456789012",
    "region": "us-east-1",
    "name": "m",
    "answers": {"DescribeModel": {"ModelName": "m"}},
}


def written(path: Path, *rows: Any, **manifest: Any) -> Path:
    """A file whose checksum holds, whatever it says."""
    lines = [row if isinstance(row, bytes) else msgspec.json.encode(row) for row in rows]
    body = b"".join(line + b"\n" for line in lines)
    head = {**MANIFEST, "rows": len(lines), "sha256": hashlib.sha256(body).hexdigest(), **manifest}
    path.write_bytes(frame(msgspec.json.encode(head) + b"\n") + frame(body))
    return path


def frame(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


@pytest.fixture(scope="module")
def inventory() -> Inventory:
    with Sandbox() as sandbox:
        account.seed(sandbox)
        return Scanner(sandbox)()


def test_round_trip(inventory: Inventory, tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.mllens"
    save(inventory, path)
    found = load(path)
    assert found.rows == sorted(inventory.rows, key=lambda row: row.key)
    assert msgspec.structs.replace(found.manifest, rows=0, sha256="") == inventory.manifest
    assert assess(found, RULES) == assess(inventory, RULES)


def test_equal_inventories_give_equal_bytes(inventory: Inventory, tmp_path: Path) -> None:
    save(inventory, tmp_path / "a")
    save(Inventory(inventory.manifest, inventory.rows[::-1]), tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mllens.scanner.inventory.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        module.write_atomically(path, b"new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_every_cut_is_noticed(tmp_path: Path) -> None:
    path = written(tmp_path / "a", ROW, {**ROW, "name": "n"})
    whole, intact = path.read_bytes(), load(path)
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        try:
            found = load(path)
        except BadInventory as refusal:
            assert str(path) in str(refusal)  # noqa: PT017 - only the last bytes, zstd's own checksum, may be missing
        else:
            assert found == intact
            assert length >= len(whole) - 7


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_every_changed_byte_is_noticed(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = written(tmp_path_factory.getbasetemp() / "changed", ROW, {**ROW, "name": "n"})
    whole = path.read_bytes()
    intact = load(path)
    at = data.draw(st.integers(0, len(whole) - 1))
    path.write_bytes(whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :])
    try:
        found = load(path)
    except BadInventory:
        return
    assert found == intact  # a bit that zstd does not use


@settings(max_examples=60, deadline=None)
@given(junk=st.binary(max_size=300))
def test_any_bytes_are_refused(tmp_path_factory: pytest.TempPathFactory, junk: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "junk"
    for content in (junk, frame(junk), frame(junk + b"\n")):
        path.write_bytes(content)
        with pytest.raises(BadInventory):
            load(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"magic": "other"}, "it calls itself 'other'"),
        ({"magic": 5}, "its first line is no manifest"),
        ({"format": 2}, "made by a newer mllens (format 2, this one reads up to 1); update mllens"),
        ({"format": "1"}, "its first line is no manifest"),
        ({"now": "today"}, "its manifest is damaged"),
        ({"now": 1e300}, "its manifest is damaged"),
        ({"now": -1}, "its manifest is damaged"),
        ({"accounts": None}, "its manifest is damaged"),
        ({"coverage": [{"account": "1", "region": "", "type": "T", "status": "splendid"}]}, "its manifest is damaged"),
        ({"rows": 3}, "truncated: 1 of 3 resources"),
        ({"rows": 0}, "truncated: 1 of 0 resources"),
        ({"sha256": "0" * 64}, "damaged: the checksum of its resources differs"),
    ],
)
def test_manifests(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInventory, match=re.escape(message)):
        load(written(tmp_path / "a", ROW, **changes))


@pytest.mark.parametrize(
    "row",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"{",
        b"\xff\xfe",
        {**ROW, "name": None},
        {**ROW, "answers": [1]},
        {**ROW, "answers": "x"},
        {**ROW, "answers": None},
        {**ROW, "tags": {"a": 1}},
        {**ROW, "seen": {"ListModels": [1e300, ""]}},
        {**ROW, "seen": {"ListModels": [-5, ""]}},
        {**ROW, "gone": "perhaps"},
        b'{"answers":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"answers":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
    ],
)
def test_rows(tmp_path: Path, row: Any) -> None:
    with pytest.raises(BadInventory, match="line 2 is not a resource"):
        load(written(tmp_path / "a", row))


def test_order_and_doubles(tmp_path: Path) -> None:
    other = {**ROW, "name": "a"}
    for rows in ((ROW, other), (ROW, ROW)):
        with pytest.raises(BadInventory, match="not in order, or one stands twice"):
            load(written(tmp_path / "a", *rows))


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb"
    bomb = zstandard.ZstdCompressor(level=19).compress(b" " * (200 << 20))
    assert len(bomb) < 64 << 10
    path.write_bytes(bomb)
    with pytest.raises(BadInventory, match="expands to more than 64 MiB; refused"):
        load(path)


def test_a_huge_window_is_refused(tmp_path: Path) -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=30)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    path = tmp_path / "window"
    path.write_bytes(compressor.compress(b"{}\n") + compressor.flush())
    with pytest.raises(BadInventory):
        load(path)


@pytest.mark.parametrize(
    "answers",
    [
        {"DescribeModel": 5},
        {"DescribeModel": None},
        {"DescribeModel": {"PrimaryContainer": "text", "Containers": {"a": 1}}},
        {"DescribeModel": {"Containers": [None, 1, [], {"ModelPackageName": 5}]}},
        {"DescribeModel": {"EnableNetworkIsolation": "yes", "CreationTime": 1e300, "ExecutionRoleArn": []}},
        {"DescribeModel": {"CreationTime": True, "PrimaryContainer": {"$redacted": 5}}},
        {"DescribeModel": {"ExecutionRoleArn": "arn:aws:iam::::::", "PrimaryContainer": {"ModelPackageName": "arn:"}}},
        {"Nonsense": {}},
    ],
)
def test_answers_of_another_shape_are_unknown_and_break_no_rule(tmp_path: Path, answers: dict[str, Any]) -> None:
    shapes = {"AWS::SageMaker::Model": {"DescribeModel": [
        "ModelName", "PrimaryContainer", "Containers", "EnableNetworkIsolation", "CreationTime", "ExecutionRoleArn",
    ]}}  # fmt: skip
    types = ("Model", "Endpoint", "EndpointConfig", "ModelPackage")
    place = {"account": "123456789012", "region": "us-east-1", "status": "complete"}
    coverage = [{**place, "type": f"AWS::SageMaker::{name}"} for name in types]
    path = written(tmp_path / "a", {**ROW, "answers": answers}, shapes=shapes, coverage=coverage)
    found = assess(load(path), RULES)
    assert found.broken == []
    Graph(load(path)).to_networkx()


def test_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Is a directory"):
        load(tmp_path)
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "absent")
    (tmp_path / "empty").touch()
    with pytest.raises(BadInventory, match="empty, expected an inventory file"):
        load(tmp_path / "empty")


def test_members_are_sorted_so_that_equal_answers_give_equal_rows() -> None:
    key = Key("T", "1", "r", "n")
    assert Row.encode(key, answers={"A": {"b": 1, "a": 2}}) == Row.encode(key, answers={"A": {"a": 2, "b": 1}})


def test_a_device_or_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        module.write_atomically(pipe, b"report")
        assert os.read(reader, 100) == b"report"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
