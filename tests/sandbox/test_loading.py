"""Calls that come while another thread is still loading a module of moto."""

import datetime as dt
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest

from mllens.sandbox import freeze, motoland


@pytest.fixture
def loading(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module of moto's IAM, as other threads find it in the middle of its import."""
    module = ModuleType("moto.iam.models")
    module.__spec__ = ModuleSpec("moto.iam.models", None)
    module.__spec__._initializing = True  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "moto.iam.models", module)
    return module


@pytest.mark.usefixtures("loading")
def test_a_module_that_is_being_loaded_is_not_used() -> None:
    assert motoland.owner_of("AKIAMLLE123456789012") is None


def test_a_module_that_was_being_loaded_is_frozen_later(loading: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freeze, "_done", freeze._done - {"moto.iam.models"})
    freeze._seen[0] = 0
    freeze.freeze_loaded()
    loading.datetime = dt.datetime  # type: ignore[attr-defined]
    loading.__spec__._initializing = False  # type: ignore[union-attr]
    freeze.freeze_loaded()
    assert loading.datetime is not dt.datetime  # type: ignore[attr-defined]
