"""The writer that puts lenses into the Well-Architected Tool: a draft, a version, and how both compare with a file.

What is planned is a value that can be shown; carrying it out looks again first, writes, and reads back what came of it.
Nothing here deletes: an update keeps the lens's ARN, on which workloads and their answers hang.
"""

from mllens.lens.watool.difference import Change, Difference, between, digest, same
from mllens.lens.watool.errors import Denied, Refused, Rejected, ToolError, Unanswered, Unfit
from mllens.lens.watool.importing import Import, carry_out_import, plan_import
from mllens.lens.watool.permissions import COMMANDS, policy, statements
from mllens.lens.watool.publishing import Publication, carry_out_publication, plan_publication
from mllens.lens.watool.standing import Comparison, Standing, standing
from mllens.lens.watool.tool import READS, WRITES, Draft, Held, Tool
from mllens.lens.watool.wording import plain

__all__ = [
    "COMMANDS",
    "READS",
    "WRITES",
    "Change",
    "Comparison",
    "Denied",
    "Difference",
    "Draft",
    "Held",
    "Import",
    "Publication",
    "Refused",
    "Rejected",
    "Standing",
    "Tool",
    "ToolError",
    "Unanswered",
    "Unfit",
    "between",
    "carry_out_import",
    "carry_out_publication",
    "digest",
    "plain",
    "plan_import",
    "plan_publication",
    "policy",
    "same",
    "standing",
    "statements",
]
