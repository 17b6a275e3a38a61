"""Studio Classic, which nobody maintains any more, and its successors."""

from typing import Literal

from mllens.rules import Fail, NotApplicable, Pass, Verdict, rule
from mllens.scanner.sagemaker_studio import App, AppType

CLASSIC = ("JupyterServer", "KernelGateway")
SUCCESSORS = ("JupyterLab", "CodeEditor")


@rule(
    severity="medium",
    proves=("MLCOST04_BP02",),
    supports=("MLSEC03_BP02",),
    presumes="a Studio app to write code in",
    reads=(App.app_type, App.status),
)
def studio_classic_in_use(app: App) -> Verdict:
    """A Studio app that runs must not be one of Studio Classic.

    Studio Classic has not been maintained since 2025-01-01: its images get neither patches nor new versions of
    frameworks. JupyterLab and Code Editor took its place. RStudio and Canvas are other products and not judged.
    """
    if app.status not in {"InService", "Pending"}:
        return NotApplicable(f"does not run ({app.status})")
    if app.app_type in CLASSIC:
        return Fail(f"is an app of Studio Classic ({app.app_type}); move the work to a JupyterLab or Code Editor space")
    return Pass() if app.app_type in SUCCESSORS else NotApplicable(f"is none to write code in ({app.app_type})")


def _app(app_type: AppType, status: Literal["InService", "Deleted", "Pending"] = "InService") -> App:
    return App(name="d-1/risk/app/default", app_type=app_type, status=status)


studio_classic_in_use.cases(
    passes=[_app("JupyterLab"), _app("CodeEditor", "Pending")],
    fails=[_app("JupyterServer"), _app("KernelGateway", "Pending")],
    unknown=[App(name="d-1/risk/app/default")],
    not_applicable=[_app("KernelGateway", "Deleted"), _app("Canvas"), _app("RSessionGateway")],
)
