"""Endpoints of which the tags do not say whose they are."""

from collections.abc import Iterable, Mapping

from mllens.rules import Fail, Pass, Verdict, case, rule
from mllens.scanner.sagemaker import Endpoint

WANTED: Mapping[str, tuple[str, ...]] = {
    "owner": ("owner", "team", "contact", "business-owner", "technical-owner"),
    "environment": ("environment", "env", "stage"),
    "use-case": ("use-case", "project", "application", "app", "product", "service", "workload"),
    "data-class": ("data-class", "data-classification", "classification", "confidentiality", "sensitivity"),
}
"""What a tag must say, and the keys by which it may."""


@rule(
    severity="low",
    proves=("MLCOST04_BP12",),
    supports=("MLCOST06_BP01", "MLRAI07_BP02"),
    reads=(Endpoint.tags,),
)
def endpoint_tags_missing(endpoint: Endpoint, *, wanted: Mapping[str, Iterable[str]] = WANTED) -> Verdict:
    """The tags of an endpoint must say its owner, environment, use case and class of data.

    Without them nobody can tell who pays for it, whom to call, and whether it may be switched off. Tags that AWS sets
    by itself do not count. `wanted` says what is asked for, and by which keys it may be said.
    """
    said = {_plain(k) for k, v in endpoint.tags.items() if v.strip() and not k.startswith(("aws:", "sagemaker:"))}
    lacking = [what for what, keys in wanted.items() if not said & {_plain(key) for key in keys}]
    if lacking:
        return Fail(f"has no tag for {', '.join(lacking)}; add them, and activate them for cost allocation")
    return Pass()


def _plain(key: str) -> str:
    """A key as it may be written in several ways: Use-Case, use_case, useCase; company:owner is an owner."""
    return "".join(c for c in key.rsplit(":", 1)[-1].lower() if c.isalnum())


_TAGS = {"Owner": "payments", "env": "prod", "UseCase": "fraud", "data_classification": "internal"}

endpoint_tags_missing.cases(
    passes=[
        Endpoint(tags=_TAGS),
        Endpoint(tags={**_TAGS, "Owner": "", "acme:owner": "payments"}),
        case(Endpoint(tags={"cost-center": "4410"}), wanted={"cost center": ["CostCenter"]}),
    ],
    fails=[
        Endpoint(tags={}),
        Endpoint(tags={**_TAGS, "env": " "}),
        Endpoint(tags={"sagemaker:project-name": "fraud", "aws:cloudformation:stack-name": "fraud", "env": "prod"}),
        case(Endpoint(tags=_TAGS), wanted={"cost center": ["CostCenter"]}),
    ],
    unknown=[Endpoint()],
)
