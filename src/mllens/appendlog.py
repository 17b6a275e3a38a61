"""A file of JSON lines that only grows: each is on disk before it goes on, and one process at a time holds it."""

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class HeldError(Exception):
    """Another process holds the file."""


class ForeignError(Exception):
    """The file is something else; it is as it was."""


class AppendLog:
    """A log whose first line, its head, begins with a magic word.

    Raises:
        HeldError: another process holds it.
        ForeignError: there is something else at its place.
    """

    def __init__(self, path: Path, magic: str) -> None:
        new = not path.exists()
        self._begins = json.dumps({"magic": magic})[:-1].encode()
        # what it holds, answers of AWS and notes of people, is for its owner's eyes
        self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600), "a+b")
        try:
            if new:
                _sync(path.parent)
            self._lock()
            self.lines = self._whole()
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """Let others have it."""
        self._file.close()

    def append(self, content: Mapping[str, Any]) -> None:
        """Add a line, and have it on disk."""
        self._file.write(json.dumps(content, ensure_ascii=False).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def clear(self) -> None:
        """Begin anew."""
        self._file.truncate(0)

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise HeldError from None

    def _whole(self) -> list[bytes]:
        """The lines that stand there; one that was being written when a process ended is cut off, as nothing was done on its word."""
        self._file.seek(0)
        data = self._file.read()
        if data[: len(self._begins)] != self._begins[: len(data)]:
            raise ForeignError
        whole, _, torn = data.rpartition(b"\n")
        if torn:
            self._file.truncate(len(data) - len(torn))
        return whole.split(b"\n") if whole else []


def _sync(folder: Path) -> None:
    """Have on disk that a file is there."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
