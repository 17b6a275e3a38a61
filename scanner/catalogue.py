"""The catalogue: every collector of every service module of this package, and of packs."""

import importlib
import pkgutil
from functools import cache

import mllens.scanner
from mllens.scanner.collect import Collector, DefinitionError

_PACKS: list[Collector] = []


@cache
def load() -> tuple[Collector, ...]:
    """Import every module of this package that declares collectors; in order of the types' names."""
    found: list[Collector] = []
    for info in pkgutil.iter_modules(mllens.scanner.__path__):
        module = importlib.import_module(f"mllens.scanner.{info.name}")
        found += getattr(module, "COLLECTORS", ())
    return tuple(sorted(found, key=lambda collector: collector.produces.type))


def collectors() -> dict[str, Collector]:
    """Collector by type, ours and those that packs added."""
    out = {c.produces.type: c for c in load()}
    for collector in _PACKS:
        if collector.produces.type in out:
            raise DefinitionError(f"{collector.produces.__module__}: {collector.produces.type} has a collector already")
        out[collector.produces.type] = collector
    return out


def add(*declared: Collector) -> None:
    """Add a pack's collectors; what they may call is judged as ours is."""
    _PACKS.extend(c for c in declared if c not in _PACKS)
