"""Parts: one finished file for each type and region, so that a killed scan goes on where it stopped."""

import json
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import zstandard

from mllens.scanner.inventory import WHOLE, BadInventory, Coverage, compress, encode_rows, write_atomically
from mllens.scanner.row import Row

LARGEST_PART = 4 << 30
OLDEST = 24 * 3600.0  # seconds: what was read longer ago does not belong into one picture with what is read now


@dataclass(frozen=True)
class Part:
    """What was read of one type in one region."""

    coverage: Coverage
    rows: list[Row]


class Parts:
    """The folder of finished parts beside an inventory; None keeps nothing. Only parts read whole are kept."""

    def __init__(self, folder: Path | None, identity: Mapping[str, str]) -> None:
        self._folder, self._identity, self._run = folder, dict(identity), ""

    def start(self, now: float, *, resume: bool) -> float:
        """Begin, or go on with, a scan; its clock is that of its first start.

        Raises:
            BadInventory: the parts there belong to another scan, or are too old to stand beside new ones.
        """
        if self._folder is None:
            return now
        state = self._folder / "scan.json"
        if resume and state.exists():
            self._run, since = self._started(state, now)
            return since
        discard(self._folder)
        self._run = uuid.uuid4().hex
        write_atomically(
            state, json.dumps({"identity": self._identity, "now": now, "run": self._run}, sort_keys=True).encode()
        )
        return now

    def _started(self, state: Path, now: float) -> tuple[str, float]:
        try:
            kept = json.loads(state.read_text("utf-8"))
            identity, since, run = kept["identity"], float(kept["now"]), str(kept["run"])
        except (ValueError, KeyError, TypeError):
            raise BadInventory(f"{state}: damaged; scan again without --resume") from None
        if differs := sorted(
            k for k in self._identity.keys() | identity.keys() if self._identity.get(k) != identity.get(k)
        ):
            raise BadInventory(f"{state}: its scan had another {', '.join(differs)}; scan again without --resume")
        if now - since > OLDEST:
            began = datetime.fromtimestamp(since, UTC)
            raise BadInventory(f"{state}: its scan began on {began:%Y-%m-%d %H:%M} UTC; scan again without --resume")
        return run, since

    def load(self, what: str, region: str) -> Part | None:
        """A part that this scan finished; None where there is none, or it is damaged."""
        path = self._path(what, region)
        if path is None or not path.exists():
            return None
        try:
            whole = zstandard.ZstdDecompressor().decompress(path.read_bytes(), max_output_size=LARGEST_PART)
            head, *rows = whole.splitlines()
            run, coverage = msgspec.json.decode(head, type=tuple[str, Coverage])
            return Part(coverage, [msgspec.json.decode(row, type=Row) for row in rows]) if run == self._run else None
        except (zstandard.ZstdError, msgspec.DecodeError, ValueError):
            return None

    def keep(self, what: str, region: str, part: Part) -> None:
        """Write a part, whole or not at all, before anything builds on it.

        It outlives the process, not a crash of the machine: waiting for the disk for each took longer than the network.
        """
        path = self._path(what, region)
        if path is None or part.coverage.status not in (*WHOLE, "bounded", "not_enabled", "unsupported"):
            return
        if not any(row.gone == "unsure" for row in part.rows):
            lines = [msgspec.json.encode((self._run, part.coverage)), *encode_rows(part.rows)]
            write_atomically(path, compress(lines), lasting=False)

    def _path(self, what: str, region: str) -> Path | None:
        if self._folder is None:
            return None
        return self._folder / (region or "global") / f"{what.replace('::', '-')}.part"


def discard(folder: Path) -> None:
    """Remove parts that are not needed any more; set aside first, so that a kill leaves no half of them in place."""
    if folder.is_dir() and (not any(folder.iterdir()) or (folder / "scan.json").exists()):
        aside = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
        folder.rename(aside)
        shutil.rmtree(aside)
