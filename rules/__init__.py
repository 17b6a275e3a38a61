"""Is it so? Rules judge resources; each is one small module below a pillar's folder, found by walking."""

from mllens.rules.findings import Evidence, Finding, findings, judge
from mllens.rules.spec import SEVERITIES, Case, Rule, Severity, case, rule
from mllens.rules.verdict import Fail, NotApplicable, Pass, Unknown, Verdict

__all__ = [
    "SEVERITIES",
    "Case",
    "Evidence",
    "Fail",
    "Finding",
    "NotApplicable",
    "Pass",
    "Rule",
    "Severity",
    "Unknown",
    "Verdict",
    "case",
    "findings",
    "judge",
    "rule",
]
