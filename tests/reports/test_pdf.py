import re
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from mllens import lens
from mllens.cli.audit import report
from mllens.reports import html, json, pdf
from mllens.reports.assessment import Assessment

Choose = Callable[[str], lens.Choice]


def missing() -> str:
    try:
        pdf.ready()
    except pdf.PdfError as error:
        return str(error).partition("\n")[0]
    return ""


NO_PANGO = """
class Broken:
    def find_spec(self, name, path=None, target=None):
        if name == "weasyprint":
            raise OSError("cannot load library")
sys.meta_path.insert(0, Broken())
"""
needs_pango = pytest.mark.skipif(bool(missing()), reason=missing() or "-")


def contents(made: bytes) -> bytes:
    """What a PDF says, its compressed streams too."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", made, re.DOTALL)
    return made + b"".join(zlib.decompress(part) for part in streams if part.startswith(b"\x78"))


@needs_pango
def test_a_file_of_pages(assessment: Assessment, choice: Choose, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    monkeypatch.setattr(pdf, "_refuse", loaded.append)
    made = pdf.render(assessment, choice=choice)
    assert made.startswith(b"%PDF-")
    assert loaded == []
    said = contents(made)
    assert max(int(count) for count in re.findall(rb"/Count (\d+)", said)) > 5
    assert b"D:20261101120000Z" in said  # when it was scanned, not when it was made


@needs_pango
def test_rendering_twice_gives_the_same_bytes(assessment: Assessment, choice: Choose) -> None:
    small = assessment.model_copy(update={"findings": assessment.findings[:1], "questions": [], "coverage": []})
    assert pdf.render(small, choice=choice) == pdf.render(small, choice=choice)


def test_paper_has_nothing_to_click_or_to_run(assessment: Assessment, choice: Choose) -> None:
    text = html.paper(assessment, choice=choice)
    for absent in ("<script", "<form", "<nav", "Skip to"):
        assert absent not in text
    assert "<title>High risk in 3 of 10 questions, perhaps in 4 more" in text


def test_drawings_carry_their_own_style(assessment: Assessment, choice: Choose) -> None:
    text = html.paper(assessment, choice=choice)
    styles = re.findall(r"<svg[^>]*><style>(.*?)</style>", text)
    assert len(styles) == text.count("<svg")
    assert all(".box.fail path{stroke:#9c1c15}" in style and "var(" not in style for style in styles)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("sys.modules['weasyprint'] = None", "A PDF needs WeasyPrint, which is not installed:"),
        (
            NO_PANGO,
            "A PDF needs Pango, which WeasyPrint cannot load:",
        ),
    ],
)
def test_what_is_missing_is_named(code: str, said: str) -> None:
    program = (
        f"import sys\n{code}\nfrom mllens.reports import pdf\ntry: pdf.ready()\nexcept pdf.PdfError as e: print(e)"
    )
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert out.startswith(said)
    for named in ("pip install 'mllens[pdf]'", "apt-get install libpango-1.0-0", "brew install pango"):
        assert named in out


def test_what_is_missing_ends_a_command_before_it_works(
    assessment: Assessment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ready() -> None:
        raise pdf.PdfError("A PDF needs Pango")

    monkeypatch.setattr(pdf, "ready", ready)
    (tmp_path / "a.json").write_text(json.render(assessment), "utf-8")
    out = tmp_path / "out"
    done = CliRunner().invoke(report, [str(tmp_path / "a.json"), "-f", "html", "-f", "pdf", "-o", str(out)])
    assert done.exit_code == 2
    assert "A PDF needs Pango" in done.output
    assert not out.exists()


def test_bytes_go_to_a_file_beside_text(
    assessment: Assessment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "ready", lambda: None)
    monkeypatch.setattr(pdf, "render", lambda _: b"%PDF-\xff")
    (tmp_path / "a.json").write_text(json.render(assessment), "utf-8")
    done = CliRunner().invoke(
        report, [str(tmp_path / "a.json"), "-f", "json", "-f", "pdf", "-o", str(tmp_path / "out")]
    )
    assert done.exit_code == 0
    assert (tmp_path / "out" / "report.pdf").read_bytes() == b"%PDF-\xff"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["report.json", "report.pdf"]
