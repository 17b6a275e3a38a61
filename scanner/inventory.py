"""The inventory: what one scan read and what it could not, and its file."""

import hashlib
import io
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Literal, get_args

import msgspec
import zstandard

from mllens.scanner.garbage import no_collections
from mllens.scanner.row import Moment, Row

FORMAT = 1
MAGIC = "mllens-inventory"
LARGEST = 8 << 30  # decompressed bytes: 1M resources take about 1 GB
RATIO = 200  # decompressed to compressed; real accounts stay below 30
FREE = 64 << 20  # below this size the ratio does not matter

Status = Literal[
    "complete",
    "empty",
    "bounded",
    "partial",
    "denied",
    "throttled",
    "failed",
    "not_enabled",
    "unsupported",
    "not_attempted",
]
WHOLE: frozenset[Status] = frozenset({"complete", "empty"})
INCOMPLETE: frozenset[Status] = frozenset({"partial", "denied", "throttled", "failed", "not_attempted"})
"""What makes a scan partial; the rest is by design."""


class Coverage(msgspec.Struct, frozen=True, order=True):
    """How completely a type was read in one account and region ("" for global services).

    `seen` counts what exists as far as is known, `read` what was read whole. `action` is the IAM action that was
    denied. `scope` is "referred" for types that are read only where others name them, "priced" for what was not asked
    for because it costs money.
    """

    account: str
    region: str
    type: str
    status: Status
    reason: str = ""
    operation: str = ""
    action: str = ""
    seen: int = 0
    read: int = 0
    scope: str = ""

    def explain(self) -> str:
        """One line for people: what was not read, where, why."""
        where = f" in {self.region}" if self.region else ""
        what = {"bounded": "read within a bound", "not_attempted": "not read"}.get(
            self.status, self.status.replace("_", " ")
        )
        if self.scope == "referred" and self.status in WHOLE:
            what = "read only where others name them"
        return f"{self.type}{where}: {what}" + (f": {self.reason}" if self.reason else "")


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan was: who, when, where, with which declarations, and how far it came.

    `now` and the times are epoch seconds, from the clock of the service. `shapes` says for each type and operation
    which members its answers have: a field that no operation has is unobserved, also for a newer reader. `elsewhere`
    names the regions that are switched on and were not scanned, or says that they are not known.
    """

    magic: str = MAGIC
    format: int = FORMAT
    mllens_version: str
    botocore_version: str
    caller_arn: str
    partition: str
    now: Moment
    started_at: Moment
    finished_at: Moment
    policy_sha256: str
    accounts: list[str]
    regions: list[str]
    elsewhere: str = ""
    shapes: dict[str, dict[str, tuple[str, ...]]]
    coverage: list[Coverage]
    calls: dict[str, int] = {}
    throttled: int = 0
    retried: int = 0
    rows: int = 0
    sha256: str = ""


class BadInventory(Exception):  # noqa: N818 - named for the thing
    """A file is not an inventory that this version can read; the message says what and where."""


@dataclass
class Inventory:
    """One scan: the manifest and the rows, in key order."""

    manifest: Manifest
    rows: list[Row] = field(default_factory=list)


_ROWS = msgspec.json.Decoder(Row)
_ENCODER = msgspec.json.Encoder(order="sorted")


def compress(lines: Iterable[bytes]) -> bytes:
    """One zstd frame of lines, with a checksum."""
    return zstandard.ZstdCompressor(level=3, write_checksum=True).compress(b"".join(line + b"\n" for line in lines))


def encode_rows(rows: Iterable[Row]) -> list[bytes]:
    """The lines of rows."""
    return [_ENCODER.encode(row) for row in rows]


def save(inventory: Inventory, path: Path) -> None:
    """Write an inventory file, whole or not at all."""
    lines = encode_rows(sorted(inventory.rows, key=lambda row: row.key))
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line + b"\n")
    manifest = msgspec.structs.replace(inventory.manifest, rows=len(lines), sha256=digest.hexdigest())
    write_atomically(path, compress([_ENCODER.encode(manifest)]) + compress(lines))


def write_atomically(path: Path, data: bytes, *, lasting: bool = True) -> None:
    """Write a file so that a reader sees the old one or the new one, also after a crash.

    What is no file (a device, a pipe) is written to as it is, never replaced. `lasting`: of the machine, too; without
    that, a machine that crashes may leave a file that is cut off.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        path.write_bytes(data)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load(path: Path) -> Inventory:
    """Read an inventory file.

    Raises:
        BadInventory: it is not one, is damaged, truncated, newer than this version, or expands beyond reason.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        lines = _lines(file, min(LARGEST, max(FREE, RATIO * size)), str(path))
        try:
            with no_collections():
                return _read(lines, str(path))
        except zstandard.ZstdError as error:
            raise BadInventory(f"{path}: damaged or not an inventory file ({error})") from None


def _read(lines: Iterator[bytes], path: str) -> Inventory:
    first = next(lines, None)
    if first is None:
        raise BadInventory(f"{path}: empty, expected an inventory file")
    manifest = _manifest(first, path)
    digest = hashlib.sha256()
    rows = []
    for number, line in enumerate(lines, 2):
        digest.update(line + b"\n")
        try:
            row = _ROWS.decode(line)
        except (msgspec.DecodeError, RecursionError) as error:
            raise BadInventory(f"{path}: line {number} is not a resource ({error})") from None
        if bytes(memoryview(row.answers)[:1]) != b"{":
            raise BadInventory(f"{path}: line {number} is not a resource (its answers are no object)")
        rows.append(row)
    if len(rows) != manifest.rows:
        raise BadInventory(f"{path}: truncated: {len(rows)} of {manifest.rows} resources")
    if digest.hexdigest() != manifest.sha256:
        raise BadInventory(f"{path}: damaged: the checksum of its resources differs")
    if any(a.key >= b.key for a, b in pairwise(rows)):
        raise BadInventory(f"{path}: damaged: resources are not in order, or one stands twice")
    return Inventory(manifest, rows)


def _manifest(line: bytes, path: str) -> Manifest:
    class Head(msgspec.Struct):
        magic: str
        format: int

    try:
        head = msgspec.json.decode(line, type=Head)
    except (msgspec.DecodeError, RecursionError):
        raise BadInventory(f"{path}: not an inventory file: its first line is no manifest") from None
    if head.magic != MAGIC:
        raise BadInventory(f"{path}: not an inventory file: it calls itself {head.magic[:40]!r}")
    if head.format > FORMAT:
        raise BadInventory(
            f"{path}: made by a newer mllens (format {head.format}, this one reads up to {FORMAT}); update mllens"
        )
    try:
        return msgspec.json.decode(line, type=Manifest)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadInventory(f"{path}: its manifest is damaged ({error})") from None


def _lines(file: io.BufferedReader, limit: int, path: str) -> Iterator[bytes]:
    """Decompressed lines, never more than `limit` bytes of them."""
    with zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True) as reader:
        total, rest = 0, b""
        while chunk := reader.read(1 << 20):
            total += len(chunk)
            if total > limit:
                raise BadInventory(f"{path}: expands to more than {limit >> 20} MiB; refused")
            *whole, rest = (rest + chunk).split(b"\n")
            yield from whole
    if rest:
        raise BadInventory(f"{path}: truncated: the last line has no end")


STATUSES: tuple[Status, ...] = get_args(Status)
