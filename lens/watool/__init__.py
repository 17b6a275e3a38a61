"""The writer for the Well-Architected Tool: lenses as drafts and versions, and the answers of workloads to them.

What is planned is a value that can be shown; carrying it out looks again first, writes, and reads back what came of it.
Nothing here deletes: an update keeps the lens's ARN, on which workloads and their answers hang. What a person answered
or noted is not written over without the consent of a person who is named.
"""

from mllens.lens.watool.aiming import Aim, aimed, folded
from mllens.lens.watool.carrying import MANY_MILESTONES, MOST_MILESTONES, Carrying, Outcome
from mllens.lens.watool.connection import Connection, Forbidden
from mllens.lens.watool.difference import Change, Difference, between, digest, same
from mllens.lens.watool.errors import Denied, Refused, Rejected, ToolError, Unanswered, Unfit
from mllens.lens.watool.evidence import Case, Found, evidence_name
from mllens.lens.watool.held import Answer, Mark
from mllens.lens.watool.importing import Import, carry_out_import, plan_import
from mllens.lens.watool.ledger import Ledger, ledger_of
from mllens.lens.watool.merge import NOTHING, Consent, Memory, Mode, Row, merged, observed
from mllens.lens.watool.permissions import COMMANDS, REVIEW_COMMANDS, policy, review_policy, statements
from mllens.lens.watool.publishing import Publication, carry_out_publication, plan_publication
from mllens.lens.watool.reviewing import Item, Plan, dump_plan, evident_risk, load_plan, plan_review, predicted
from mllens.lens.watool.reviews import REVIEW_READS, REVIEW_WRITES, LensReview, Reviews, Workload, choose_lens
from mllens.lens.watool.standing import Comparison, Standing, standing
from mllens.lens.watool.tool import READS, WRITES, Draft, Held, Tool
from mllens.lens.watool.wording import plain
from mllens.lens.watool.workload import mismatches

__all__ = [
    "COMMANDS",
    "MANY_MILESTONES",
    "MOST_MILESTONES",
    "NOTHING",
    "READS",
    "REVIEW_COMMANDS",
    "REVIEW_READS",
    "REVIEW_WRITES",
    "WRITES",
    "Aim",
    "Answer",
    "Carrying",
    "Case",
    "Change",
    "Comparison",
    "Connection",
    "Consent",
    "Denied",
    "Difference",
    "Draft",
    "Forbidden",
    "Found",
    "Held",
    "Import",
    "Item",
    "Ledger",
    "LensReview",
    "Mark",
    "Memory",
    "Mode",
    "Outcome",
    "Plan",
    "Publication",
    "Refused",
    "Rejected",
    "Reviews",
    "Row",
    "Standing",
    "Tool",
    "ToolError",
    "Unanswered",
    "Unfit",
    "Workload",
    "aimed",
    "between",
    "carry_out_import",
    "carry_out_publication",
    "choose_lens",
    "digest",
    "dump_plan",
    "evidence_name",
    "evident_risk",
    "folded",
    "ledger_of",
    "load_plan",
    "merged",
    "mismatches",
    "observed",
    "plain",
    "plan_import",
    "plan_publication",
    "plan_review",
    "policy",
    "predicted",
    "review_policy",
    "same",
    "standing",
    "statements",
]
