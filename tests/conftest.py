import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from mllens.cli.main import cli, run
from mllens.scanner import engine

if TYPE_CHECKING:
    from program import Done

# test folders are no packages; `account`, `program`, `scans` and others lie beside the tests
sys.path.insert(0, str(Path(__file__).parent))

settings.register_profile("mllens", deadline=None)  # how long an example takes is the machine's matter
settings.load_profile("mllens")

# Scans of a sandbox in this process wait for nobody: more threads would only get in each other's way.
engine.THREADS = 4


@pytest.fixture
def inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> "Callable[..., Done]":
    """The program in this process, in a folder of the test's own, with credentials that are good for nothing."""
    from program import ENVIRONMENT, Done  # noqa: PLC0415 - most tests need no simulated AWS

    for name in [n for n in os.environ if n.startswith(("AWS_", "MLLENS_"))]:
        monkeypatch.delenv(name)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> Done:
        capsys.readouterr()
        given = [str(argument) for argument in arguments]
        code = run(lambda: cli.main(given, prog_name="mllens", standalone_mode=False))
        done = Done(code, *capsys.readouterr())
        assert "Traceback" not in done.out + done.err
        return done

    return call
