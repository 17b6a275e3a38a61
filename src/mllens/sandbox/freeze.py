"""Moto's clocks and dice: both follow the simulated AWS that is at work, and are free when there is none."""

from __future__ import annotations

import datetime as dt
import random as real_random
import sys
import time as real_time
import uuid as real_uuid
from collections.abc import Callable
from types import ModuleType
from typing import Any

from moto.core import utils as moto_utils
from moto.moto_api._internal import mock_random

_moments: list[Callable[[], dt.datetime]] = []
# moto tells its back ends apart by ids of its own, which must stay unique
_done: set[str] = {"moto.core.base_backend"}
_seen = [0]


def follow(now: Callable[[], dt.datetime]) -> None:
    """Let moto take its time from this function until `release`."""
    _moments.append(now)


def release() -> None:
    """Undo the last `follow`."""
    _moments.pop()


def roll(fingerprint: str) -> None:
    """Set moto's dice, so that what they show depends on this fingerprint only."""
    mock_random.seed(int(fingerprint, 16))


def _now() -> dt.datetime:
    return _moments[-1]() if _moments else dt.datetime.now(dt.UTC)


class _Kind(type):
    """Real dates and times count as instances of the stand-ins below."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.__mro__[1])

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, cls.__mro__[1])


class _Datetime(dt.datetime, metaclass=_Kind):
    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
        return _now().astimezone(tz) if tz else _now().replace(tzinfo=None)

    @classmethod
    def utcnow(cls) -> dt.datetime:  # type: ignore[override]
        return _now().replace(tzinfo=None)

    @classmethod
    def today(cls) -> dt.datetime:  # type: ignore[override]
        return _now().replace(tzinfo=None)


class _Date(dt.date, metaclass=_Kind):
    @classmethod
    def today(cls) -> dt.date:  # type: ignore[override]
        return _now().date()


def _time() -> float:
    return _now().timestamp()


def _utcnow() -> dt.datetime:
    return _now().replace(tzinfo=None)


_DICE = ("random", "randint", "choice", "choices", "sample", "randrange", "shuffle", "uniform", "getrandbits")


def _stand_in(module: ModuleType, **replaced: Any) -> ModuleType:
    copy = ModuleType(module.__name__)
    copy.__dict__.update(vars(module))
    copy.__dict__.update(replaced)
    return copy


# The originals are held here: an id says nothing once its object is gone.
_STAND_INS: tuple[tuple[object, object], ...] = (
    (dt, _stand_in(dt, datetime=_Datetime, date=_Date)),
    (dt.datetime, _Datetime),
    (dt.date, _Date),
    (real_time, _stand_in(real_time, time=_time)),
    (real_time.time, _time),
    (real_uuid, _stand_in(real_uuid, uuid4=mock_random.uuid4, uuid1=mock_random.uuid1)),
    (real_uuid.uuid4, mock_random.uuid4),
    (real_uuid.uuid1, mock_random.uuid1),
    (real_random, _stand_in(real_random, **{name: getattr(mock_random, name) for name in _DICE})),
    (moto_utils.utcnow, _utcnow),
)
_REPLACED = {id(original): stand_in for original, stand_in in _STAND_INS}


def is_loading(module: ModuleType) -> bool:
    """Whether a thread is still running the module's body, so that names may be missing in it."""
    return bool(getattr(module.__spec__, "_initializing", False))  # what importlib itself goes by


def freeze_loaded() -> None:
    """Put the stand-ins into the moto modules that were loaded since last time; cheap when there are none."""
    if len(sys.modules) == _seen[0]:
        return
    _seen[0] = len(sys.modules)
    for name, module in list(sys.modules.items()):
        if not name.startswith("moto.") or name in _done:
            continue
        if is_loading(module):
            _seen[0] = 0
            continue
        _done.add(name)
        for attribute, value in list(vars(module).items()):
            if id(value) in _REPLACED:
                setattr(module, attribute, _REPLACED[id(value)])
