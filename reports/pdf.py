"""The assessment as PDF: the HTML report on paper, made without loading anything."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any, NoReturn

from mllens import lens
from mllens.reports import html
from mllens.reports.assessment import Assessment
from mllens.reports.harmless import shortened

MISSING = """\
A PDF needs {what}, which {why}:
  pip install 'mllens[pdf]'
and Pango from the system:
  Debian, Ubuntu  apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
  macOS           brew install pango
Or print the HTML report from a browser."""


class PdfError(RuntimeError):
    """What makes PDFs is not installed; the message says what to install."""


def render(assessment: Assessment, *, choice: Callable[[str], lens.Choice] = lens.choice) -> bytes:
    """Give the file; equal assessments give equal bytes with the same fonts and libraries.

    Raises:
        PdfError: WeasyPrint or Pango is missing.
    """
    weasyprint = ready()
    text = html.paper(assessment, choice=choice)
    page = weasyprint.HTML(string=text, url_fetcher=_refuse)
    made: bytes = page.write_pdf(pdf_identifier=sha256(text.encode()).hexdigest()[:32])
    return made


def _refuse(url: str) -> NoReturn:
    raise ValueError(f"{shortened(url, 80)} is not loaded: a report holds all that it shows")


def ready() -> Any:
    """Give the library, or say what is missing before hours of other work.

    Raises:
        PdfError: WeasyPrint or Pango is missing.
    """
    try:
        import weasyprint  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        raise PdfError(MISSING.format(what="WeasyPrint", why="is not installed")) from None
    except OSError:  # it loads Pango when it is imported
        raise PdfError(MISSING.format(what="Pango", why="WeasyPrint cannot load")) from None
    return weasyprint
