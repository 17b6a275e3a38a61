"""Notebook instances in the account's own network, without a way to the internet beside it."""

from mllens.rules import Fail, NotApplicable, Pass, Verdict, rule
from mllens.scanner.sagemaker_studio import NotebookInstance

PRACTICES = ("MLSEC03_BP02", "MLRAI03_BP04")


@rule(
    name="notebook-direct-internet-access-disabled",
    severity="high",
    proves=PRACTICES,
    reads=(NotebookInstance.status, NotebookInstance.direct_internet_access),
)
def direct_internet(notebook: NotebookInstance) -> Verdict:
    """A notebook instance must not have direct internet access.

    SageMaker then gives it a way out that no security group, firewall or flow log of the account sees. The setting
    cannot be changed. Studio is judged by itself.
    """
    if notebook.status == "Deleting":
        return NotApplicable("is being deleted")
    match notebook.direct_internet_access:
        case "Disabled":
            return Pass()
        case "Enabled":
            return Fail(
                "has direct internet access; create it anew in a subnet, with DirectInternetAccess set to Disabled"
            )


@rule(
    name="notebook-in-customer-vpc",
    severity="high",
    proves=PRACTICES,
    reads=(NotebookInstance.status, NotebookInstance.subnet),
)
def in_customer_vpc(notebook: NotebookInstance) -> Verdict:
    """A notebook instance must be in a subnet of the account.

    Outside the account's network none of its security groups and endpoint policies bound what the notebook reaches,
    and private data sources cannot be closed to everything else.
    """
    if notebook.status == "Deleting":
        return NotApplicable("is being deleted")
    if notebook.subnet is None:
        return Fail("is in no subnet of the account; create it anew with SubnetId and SecurityGroupIds")
    return Pass()


direct_internet.cases(
    passes=[NotebookInstance(status="InService", direct_internet_access="Disabled")],
    fails=[
        NotebookInstance(status="InService", direct_internet_access="Enabled"),
        NotebookInstance(status="Stopped", direct_internet_access="Enabled"),
    ],
    unknown=[NotebookInstance(), NotebookInstance(status="InService")],
    not_applicable=[NotebookInstance(status="Deleting")],
)
in_customer_vpc.cases(
    passes=[NotebookInstance(status="InService", subnet="subnet-0a1b2c3d")],
    fails=[NotebookInstance(status="Stopped", subnet=None)],
    unknown=[NotebookInstance(), NotebookInstance(status="InService")],
    not_applicable=[NotebookInstance(status="Deleting")],
)
