"""Notebook instances whose users are root."""

from mllens.rules import Fail, NotApplicable, Pass, Verdict, rule
from mllens.scanner.sagemaker_studio import NotebookInstance


@rule(
    severity="medium",
    proves=("MLSEC03_BP02",),
    supports=("MLRAI03_BP02",),
    reads=(NotebookInstance.status, NotebookInstance.root_access),
)
def notebook_root_access_disabled(notebook: NotebookInstance) -> Verdict:
    """Users of a notebook instance must not have root access.

    Root can stop the agents that watch the instance, undo what the lifecycle scripts set up and install what nobody
    reviewed. Lifecycle scripts run as root in any case: the setting bounds people only.
    """
    if notebook.status == "Deleting":
        return NotApplicable("is being deleted")
    match notebook.root_access:
        case "Disabled":
            return Pass()
        case "Enabled":
            return Fail("gives its users root access; stop it, and set RootAccess to Disabled")


notebook_root_access_disabled.cases(
    passes=[NotebookInstance(status="InService", root_access="Disabled")],
    fails=[NotebookInstance(status="Stopped", root_access="Enabled")],
    unknown=[NotebookInstance(), NotebookInstance(status="InService")],
    not_applicable=[NotebookInstance(status="Deleting")],
)
