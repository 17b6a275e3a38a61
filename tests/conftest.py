import sys
from pathlib import Path

from hypothesis import settings

from mllens.scanner import engine

# test folders are no packages; `account`, `scans` and `plans` lie beside the tests
sys.path.insert(0, str(Path(__file__).parent))

settings.register_profile("mllens", deadline=None)  # how long an example takes is the machine's matter
settings.load_profile("mllens")

# Scans of a sandbox in this process wait for nobody: more threads would only get in each other's way.
engine.THREADS = 4
