import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(
    0, str(Path(__file__).parent)
)  # test folders are no packages; `account`, `scans` and `plans` lie beside the tests

settings.register_profile("mllens", deadline=None)  # how long an example takes is the machine's matter
settings.load_profile("mllens")
