import subprocess
import sys

import pytest

import mllens.reports
from mllens.reports import FORMATS
from mllens.reports.assessment import Assessment


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "pdf"])  # slow, and has tests of its own
def test_every_format_renders(name: str, assessment: Assessment, nothing: Assessment) -> None:
    kind = bytes if FORMATS[name].binary else str
    assert isinstance(FORMATS[name].render(assessment), kind)
    assert isinstance(FORMATS[name].render(nothing), kind)


def test_table_and_names_are_sorted() -> None:
    assert list(FORMATS) == sorted(FORMATS)
    assert mllens.reports.__all__ == sorted(mllens.reports.__all__)


@pytest.mark.parametrize(
    ("imported", "absent"),
    [
        ("mllens.reports", {"pydantic", "rich", "jinja2"}),
        ("mllens.reports.assessment", {"rich", "jinja2"}),
        ("mllens.reports.json", {"rich", "jinja2"}),
        ("mllens.reports.terminal", {"jinja2"}),
        ("mllens.reports.html", {"rich", "weasyprint"}),
        ("mllens.reports.pdf", {"rich", "weasyprint"}),
    ],
)
def test_only_what_is_used_is_imported(imported: str, absent: set[str]) -> None:
    code = f"import sys, {imported}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not absent & set(loaded)
