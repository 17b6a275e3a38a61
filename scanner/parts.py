"""Parts: one finished file for each type and region, so that a killed scan goes on where it stopped."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import zstandard

from mllens.scanner.inventory import WHOLE, BadInventory, Coverage, compress, encode_rows, write_atomically
from mllens.scanner.row import Row

LARGEST_PART = 4 << 30


@dataclass(frozen=True)
class Part:
    """What was read of one type in one region."""

    coverage: Coverage
    rows: list[Row]


class Parts:
    """The folder of finished parts beside an inventory; None keeps nothing. Only parts read whole are kept."""

    def __init__(self, folder: Path | None, identity: Mapping[str, str]) -> None:
        self._folder, self._identity = folder, dict(identity)

    def start(self, now: float, *, resume: bool) -> float:
        """Begin, or go on with, a scan; its clock is that of its first start.

        Raises:
            BadInventory: the parts there belong to another scan.
        """
        if self._folder is None:
            return now
        state = self._folder / "scan.json"
        if resume and state.exists():
            try:
                kept = json.loads(state.read_text("utf-8"))
                identity, since = kept["identity"], float(kept["now"])
            except (ValueError, KeyError, TypeError):
                raise BadInventory(f"{state}: damaged; remove the folder and scan again without --resume") from None
            if identity != self._identity:
                raise BadInventory(
                    f"{self._folder}: holds parts of another scan (other account or other rules); "
                    "scan again without --resume"
                )
            return since
        discard(self._folder)
        write_atomically(state, json.dumps({"identity": self._identity, "now": now}, sort_keys=True).encode())
        return now

    def load(self, what: str, region: str) -> Part | None:
        """A finished part; None where there is none, or it is damaged."""
        path = self._path(what, region)
        if path is None or not path.exists():
            return None
        try:
            lines = (
                zstandard.ZstdDecompressor().decompress(path.read_bytes(), max_output_size=LARGEST_PART).splitlines()
            )
            return Part(
                msgspec.json.decode(lines[0], type=Coverage),
                [msgspec.json.decode(line, type=Row) for line in lines[1:]],
            )
        except (zstandard.ZstdError, msgspec.DecodeError, IndexError):
            return None

    def keep(self, what: str, region: str, part: Part) -> None:
        """Write a part, whole or not at all, before anything builds on it."""
        path = self._path(what, region)
        if path is not None and part.coverage.status in (*WHOLE, "bounded", "not_enabled", "unsupported"):
            write_atomically(path, compress([msgspec.json.encode(part.coverage), *encode_rows(part.rows)]))

    def _path(self, what: str, region: str) -> Path | None:
        if self._folder is None:
            return None
        return self._folder / (region or "global") / f"{what.replace('::', '-')}.part"


def discard(folder: Path) -> None:
    """Remove parts that are not needed any more."""
    if folder.is_dir() and (not any(folder.iterdir()) or (folder / "scan.json").exists()):
        shutil.rmtree(folder)
