"""Endpoints that do not serve, or serve what a failed update left."""

from mllens.rules import Fail, NotApplicable, Pass, Verdict, rule
from mllens.scanner.sagemaker import Endpoint


@rule(severity="high", supports=("MLREL05_BP02",), reads=(Endpoint.status,))
def endpoint_status_unhealthy(endpoint: Endpoint) -> Verdict:
    """An endpoint must be in service, not failed or stuck in a rollback.

    A failed endpoint answers no request and may still bill. One whose rollback failed serves an unknown mix of old
    and new instances and takes no further update until it is repaired by hand.
    """
    match endpoint.status:
        case "InService":
            return Pass()
        case "Failed":
            return Fail(
                "has failed, serves nothing and can only be deleted; delete it, and create it anew once the cause is repaired"
            )
        case "OutOfService":
            return Fail("is out of service; put it back with a configuration that worked")
        case "RollingBack":
            return Fail("is rolling back a failed update; look at why the update failed")
        case "UpdateRollbackFailed":
            return Fail("failed to roll back an update; have AWS Support repair it, or recreate it under another name")
        case "Creating" | "Updating" | "SystemUpdating" | "Deleting" as moving:
            return NotApplicable(f"is in transition ({moving})")


endpoint_status_unhealthy.cases(
    passes=[Endpoint(status="InService")],
    fails=[
        Endpoint(status="Failed"),
        Endpoint(status="OutOfService"),
        Endpoint(status="RollingBack"),
        Endpoint(status="UpdateRollbackFailed"),
    ],
    unknown=[Endpoint()],
    not_applicable=[Endpoint(status="Updating"), Endpoint(status="Deleting")],
)
