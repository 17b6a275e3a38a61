import importlib.util
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from mllens import lens
from mllens.reports.assessment import Assessment

HERE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files instead of comparing")


@pytest.fixture(scope="session")
def example_module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reports_example", HERE / "example.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def assessment(example_module: ModuleType) -> Assessment:
    made: Assessment = example_module.example()
    return made


@pytest.fixture(scope="session")
def nothing(example_module: ModuleType) -> Assessment:
    made: Assessment = example_module.empty()
    return made


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with a golden file."""

    def compare(name: str, text: str) -> None:
        path = HERE / "golden" / name
        if request.config.getoption("update_golden", default=False):
            path.write_text(text, "utf-8", newline="\n")
        assert path.read_text("utf-8") == text, (
            "look at the difference; `pytest tests/reports --update-golden` accepts it"
        )

    return compare


@pytest.fixture(scope="session")
def choice() -> Callable[[str], lens.Choice]:
    """The texts of a lens that never changes, so that golden files do not follow ours."""

    def find(practice: str) -> lens.Choice:
        if practice.startswith("XLENS"):
            raise KeyError(practice)
        return replace(
            lens.choice("MLSEC03_BP01"),
            id=practice,
            ask=f"Who answers for {practice}?",
            improve=f"Do what closes {practice}. It is done when it holds.",
            url="https://docs.aws.amazon.com/wellarchitected/latest/machine-learning-lens/",
        )

    return find
