"""Notebook instances on platforms that get no patches any more."""

import re
from datetime import UTC, datetime
from typing import Literal

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.scanner import Graph, Unobserved
from mllens.scanner.sagemaker_studio import NotebookInstance

# The last day of support by operating system; None where AWS has named none. As of 2026-11:
# https://docs.aws.amazon.com/sagemaker/latest/dg/nbi-al2.html
SUPPORT: dict[str, datetime | None] = {
    "al1": datetime(2023, 12, 31, tzinfo=UTC),
    "al2": datetime(2026, 6, 30, tzinfo=UTC),
    "al2023": None,
}


@rule(
    severity="high",
    proves=("MLCOST04_BP02", "MLSEC03_BP02"),
    presumes="a notebook instance",
    reads=(NotebookInstance.status, NotebookInstance.platform),
)
def notebook_platform_supported(notebook: NotebookInstance, graph: Graph) -> Verdict:
    """A notebook instance must run on a platform that is still supported.

    Platforms without support get no patches: what is found in them stays open, and new packages no longer install.
    One that is stopped counts too, for it starts as it was.
    """
    if notebook.status in {"Deleting", "Failed"}:
        return NotApplicable(f"is not in use ({notebook.status})")
    system = re.fullmatch(r"notebook-(al\d+)-v\d+", notebook.platform)
    if system is None or system[1] not in SUPPORT:
        raise Unobserved(notebook.name, f"the platform {notebook.platform} is not known")
    end = SUPPORT[system[1]]
    if end is None or end >= graph.now:
        return Pass()
    return Fail(
        f"runs on {notebook.platform}, whose support ended on {end:%Y-%m-%d}; make it anew on notebook-al2023-v1"
    )


def _notebook(platform: str, status: Literal["InService", "Stopped", "Failed"] = "InService") -> NotebookInstance:
    return NotebookInstance(status=status, platform=platform)


notebook_platform_supported.cases(
    passes=[
        _notebook("notebook-al2023-v1"),
        case(_notebook("notebook-al2-v3"), now=datetime(2026, 3, 1, tzinfo=UTC)),
    ],
    fails=[_notebook("notebook-al2-v3"), _notebook("notebook-al2-v1", "Stopped"), _notebook("notebook-al1-v1")],
    unknown=[NotebookInstance(), NotebookInstance(status="InService"), _notebook("notebook-al2030-v1")],
    not_applicable=[_notebook("notebook-al1-v1", "Failed")],
)
