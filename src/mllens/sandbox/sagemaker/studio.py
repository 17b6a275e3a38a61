"""Studio's domains and projects, named by ids that AWS makes up."""

from __future__ import annotations

import copy

from mllens.sandbox import identity
from mllens.sandbox.answer import Answer, Call, create, hook


@hook("sagemaker", "CreateDomain")
def create_domain(call: Call) -> Answer:
    """Domains are named by an id that AWS makes up."""
    record = copy.deepcopy(call.params)
    if any(row["DomainName"] == record["DomainName"] for row in call.table()):
        raise call.taken(key=(record["DomainName"],))
    record["DomainId"] = f"d-{identity.letters(12, call.fingerprint, call.ordinal)}"
    record["Url"] = f"https://{record['DomainId']}.studio.{call.region}.sagemaker.aws"
    answer = create(call, given=record)
    return answer | {"DomainId": record["DomainId"]}


@hook("sagemaker", "CreateProject")
def create_project(call: Call) -> Answer:
    """Projects have a name and an id that AWS makes up."""
    record = copy.deepcopy(call.params)
    record["ProjectId"] = f"p-{identity.letters(12, call.fingerprint, call.ordinal)}"
    return create(call, given=record)
