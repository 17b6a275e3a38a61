"""Renderers: pure functions from one assessment to one text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mllens.reports.assessment import Assessment


@dataclass(frozen=True)
class Format:
    """A way to show an assessment; its module is imported when it is used first.

    Attributes:
        module: where the function `render(assessment)` is.
        extension: of the file's name, without a dot.
        binary: `render` gives bytes, which do not belong on a terminal.
    """

    module: str
    extension: str
    binary: bool = False

    @property
    def render(self) -> "Callable[[Assessment], str | bytes]":
        """The renderer."""
        renderer: Callable[[Assessment], str | bytes] = import_module(self.module).render
        return renderer


FORMATS: Mapping[str, Format] = {
    "html": Format("mllens.reports.html", "html"),
    "json": Format("mllens.reports.json", "json"),
    "pdf": Format("mllens.reports.pdf", "pdf", binary=True),
    "terminal": Format("mllens.reports.terminal", "txt"),
}

__all__ = ["FORMATS", "Format"]
