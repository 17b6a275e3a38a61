"""Features that nobody but their maker can use."""

from collections.abc import Iterable
from typing import Literal

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.stage import PRODUCTION, stage
from mllens.scanner.sagemaker_features import FeatureGroup

OWNERS = ("owner", "team", "contact", "data-owner", "business-owner", "technical-owner")


@rule(
    severity="low",
    proves=("MLCOST03_BP04",),
    supports=("MLREL02_BP01", "MLPERF04_BP04", "MLRAI07_BP05"),
    presumes="a feature group in production",
    reads=(FeatureGroup.status, FeatureGroup.tags, FeatureGroup.description),
)
def feature_metadata_documented(
    group: FeatureGroup, *, owners: Iterable[str] = OWNERS, production: Iterable[str] = PRODUCTION
) -> Verdict:
    """A feature group in production must have a description and an owner.

    Features are shared by those who find them and know what they mean; else each team computes its own. The group is
    judged, by its description and its tags (`owners` names their keys); what is said of single features is not read.
    """
    if group.status != "Created":
        return NotApplicable(f"is not in use ({group.status})")
    where = stage(group, tuple(production))
    if not where.production:
        return NotApplicable(f"is {where.assumed}")
    keys = {_plain(key) for key, value in group.tags.items() if value.strip()}
    lacking = [] if (group.description or "").strip() else ["description"]
    lacking += [] if keys & {_plain(key) for key in owners} else ["owner's tag"]
    if lacking:
        return Fail(f"has no {' and no '.join(lacking)}; say what its features mean and whom to ask ({where.assumed})")
    return Pass()


def _plain(key: str) -> str:
    """A key as it may be written in several ways: Data-Owner, data_owner, dataOwner."""
    return "".join(c for c in key.rsplit(":", 1)[-1].lower() if c.isalnum())


def _group(
    description: str | None = "Payments by card and hour",
    *,
    tag: str = "Owner",
    name: str = "payments",
    status: Literal["Created", "Creating"] = "Created",
) -> FeatureGroup:
    return FeatureGroup(name=name, status=status, description=description, tags={tag: "risk"})


feature_metadata_documented.cases(
    passes=[_group(), _group(tag="acme:data_owner"), case(_group(tag="squad"), owners=["squad"])],
    fails=[_group(None), _group(" "), _group(tag="cost-center"), _group(None, tag="cost-center")],
    unknown=[
        FeatureGroup(),
        FeatureGroup(status="Created", description="Payments"),
        FeatureGroup(status="Created", tags={"owner": "risk"}),
    ],
    not_applicable=[_group(None, name="payments-dev"), _group(None, status="Creating")],
)
