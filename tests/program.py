"""The program as people run it: in a process of its own, or in this one, which is faster."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mllens.sandbox import Faults, Sandbox
from mllens.sandbox.faults import Meters

ENVIRONMENT = {
    **{k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "MLLENS_"))},
    "AWS_ACCESS_KEY_ID": "AKIAMLLE123456789012",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "COLUMNS": "120",
}


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def told(self) -> Any:
        """What it said as JSON."""
        return json.loads(self.out)


def mllens(*arguments: str | Path, cwd: Path, **environment: str) -> Done:
    """Run it in a process of its own."""
    command = [sys.executable, "-m", "mllens", *map(str, arguments)]
    done = subprocess.run(
        command, cwd=cwd, env={**ENVIRONMENT, **environment}, capture_output=True, check=False, timeout=120
    )
    said = Done(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in said.out + said.err
    return said


@contextmanager
def emptied(sandbox: Sandbox) -> Iterator[Sandbox]:
    """A simulated AWS that is used again: without what was in the Well-Architected Tool, and without memory of calls."""
    sandbox.engine._meters = Meters()
    sandbox.engine._tries.clear()
    sandbox.engine.world.state(sandbox.account, "us-east-1").tables.clear()
    sandbox.calls.clear()
    yield sandbox
    sandbox.faults = Faults()
    sandbox.enforce(None)
