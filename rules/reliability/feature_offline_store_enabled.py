"""Features that are served and of which no history is kept."""

from collections.abc import Iterable
from typing import Literal

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.stage import PRODUCTION, stage
from mllens.scanner import Ref
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker_features import FeatureGroup


@rule(
    severity="medium",
    confidence="medium",
    proves=("MLREL03_BP02",),
    supports=("MLPERF03_BP01", "MLCOST03_BP04"),
    presumes="a feature group in production",
    reads=(FeatureGroup.status, FeatureGroup.tags, FeatureGroup.offline_bucket),
)
def feature_offline_store_enabled(group: FeatureGroup, *, production: Iterable[str] = PRODUCTION) -> Verdict:
    """A feature group in production must have an offline store.

    The online store keeps the newest values alone. What a model was served last month can then neither be trained on
    nor be compared with what it was trained on. A group that only passes values on, such as those of one visit to a
    page, is a reason to waive this.
    """
    if group.status != "Created":
        return NotApplicable(f"is not in use ({group.status})")
    where = stage(group, tuple(production))
    if not where.production:
        return NotApplicable(f"is {where.assumed}")
    if group.offline_bucket is None:
        return Fail(f"keeps no history of its features; make it anew with an offline store ({where.assumed})")
    return Pass()


_STORE = Ref(Bucket, "s3://features/clicks")


def _group(
    *, offline: bool, name: str = "clicks", status: Literal["Created", "Creating", "CreateFailed"] = "Created"
) -> FeatureGroup:
    return FeatureGroup(name=name, tags={}, status=status, offline_bucket=_STORE if offline else None)


feature_offline_store_enabled.cases(
    passes=[_group(offline=True)],
    fails=[_group(offline=False), case(_group(offline=False, name="clicks-gold"), production=["gold"])],
    unknown=[
        FeatureGroup(),
        FeatureGroup(tags={}, status="Created"),
        FeatureGroup(status="Created", offline_bucket=None),
    ],
    not_applicable=[_group(offline=False, name="clicks-dev"), _group(offline=False, status="CreateFailed")],
)
