"""Service models: botocore's own files, of which only what is asked for is decoded."""

import gzip
import os
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from botocore.loaders import JSONFileLoader, Loader


class Entries(dict[str, Any]):
    """A map whose values are decoded when they are asked for; to everybody else a dictionary like any other."""

    def __getitem__(self, key: str) -> Any:
        value = super().__getitem__(key)
        if isinstance(value, msgspec.Raw):
            value = self[key] = msgspec.json.decode(value)
        return value

    def get(self, key: str, default: Any = None) -> Any:
        """As of any dictionary."""
        return self[key] if key in self else default  # noqa: SIM401 - it would call itself

    def items(self) -> Any:
        """As of any dictionary."""
        return {key: self[key] for key in self}.items()

    def values(self) -> Any:
        """As of any dictionary."""
        return {key: self[key] for key in self}.values()


class Files(JSONFileLoader):  # type: ignore[misc]  # botocore has no types
    """Reads a file of a model in a fifth of botocore's time, and takes a fifth of its memory."""

    def load_file(self, file_path: str) -> Any:
        """What a file holds; None where there is none. The name comes without its ending."""
        for path, read in ((Path(f"{file_path}.json"), bytes), (Path(f"{file_path}.json.gz"), gzip.decompress)):
            if path.is_file():
                return _decoded(read(path.read_bytes()))
        return None


class Models(Loader):  # type: ignore[misc]
    """Finds a service by its folder."""

    def list_available_services(self, type_name: str) -> list[str]:
        """Every service, whether it has this type of model or not: botocore looks into each folder to see."""
        return sorted({name for path in self.search_paths for name in _folders(path)})


def _decoded(text: bytes) -> Any:
    model = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    return {
        name: Entries(msgspec.json.decode(value, type=dict[str, msgspec.Raw]))
        if name in ("shapes", "operations")  # thousands, of which a scan needs a few
        else msgspec.json.decode(value)
        for name, value in model.items()
    }


@cache
def _folders(path: str) -> frozenset[str]:
    if not Path(path).is_dir():
        return frozenset()
    with os.scandir(path) as entries:
        return frozenset(entry.name for entry in entries if entry.is_dir())
