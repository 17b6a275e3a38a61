"""Human review: one reviewer for each task."""

from mllens.rules import Fail, NotApplicable, Pass, Verdict, rule
from mllens.scanner.sagemaker_review import FlowDefinition


@rule(
    severity="low",
    confidence="low",
    supports=("MLPERF06_BP01", "MLRAI05_BP06"),
    reads=(FlowDefinition.status, FlowDefinition.reviewers),
)
def a2i_flow_single_reviewer(flow: FlowDefinition) -> Verdict:
    """A human review must ask more than one person about each prediction.

    One person's slip or prejudice stands as the truth, and nobody sees where reviewers disagree, which is where the
    model and its instructions need work. For harmless predictions one reviewer may be enough: then accept the finding.
    """
    if flow.status != "Active":
        return NotApplicable(f"is {flow.status.lower()}")
    if flow.reviewers > 1:
        return Pass()
    return Fail("asks one reviewer about each prediction; create a flow with a HumanLoopConfig.TaskCount of 2 or more")


a2i_flow_single_reviewer.cases(
    passes=[FlowDefinition(status="Active", reviewers=3)],
    fails=[FlowDefinition(status="Active", reviewers=1)],
    unknown=[FlowDefinition(status="Active"), FlowDefinition()],
    not_applicable=[FlowDefinition(status="Deleting"), FlowDefinition(status="Failed", reviewers=1)],
)
