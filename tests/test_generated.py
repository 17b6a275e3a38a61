import pytest

from mllens.generate import GENERATED, ROOT


@pytest.mark.parametrize("path", GENERATED)
def test_is_current(path: str) -> None:
    assert (ROOT / path).read_text("utf-8") == GENERATED[path](), "run `mllens generate` and commit the result"
