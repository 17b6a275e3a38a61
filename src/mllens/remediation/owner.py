"""Owner: who made a resource and will set it back, told by its tags."""

from collections.abc import Mapping, Sequence
from typing import Literal

from mllens.remediation.planfile import Owner

Tool = Literal["terraform", "cdk"]
STACK = "aws:cloudformation:stack-name"
PROJECT = "sagemaker:project-name"
PRODUCT = ("aws:servicecatalog:provisionedProductArn", "aws:servicecatalog:productArn")
TERRAFORM = ("terraform", "tf-", "terragrunt")
CDK = ("aws-cdk", "cdk:", "aws:cdk")
CUSTOM = ("managed-by", "managedby", "managed_by", "provisioner", "iac", "created-by", "createdby")
"""Tags in which teams write the tool; AWS knows none for tools that are not its own."""


def owner_of(tags: Mapping[str, str], more: Mapping[str, Sequence[str]] | None = None) -> Owner:
    """The owner that tags tell; `more` are further tag keys of `terraform` and `cdk`."""
    if name := tags.get(PROJECT):
        return Owner(kind="project", name=name)
    if product := next((tags[key] for key in PRODUCT if key in tags), None):
        return Owner(kind="service-catalog", name=product)
    tools = _tools(tags, more or {})
    if name := tags.get(STACK):
        return Owner(kind="cdk" if "cdk" in tools else "cloudformation", name=name)
    if tools:
        return Owner(kind=tools[0])
    return Owner(kind="none")


def _tools(tags: Mapping[str, str], more: Mapping[str, Sequence[str]]) -> list[Tool]:
    found: list[Tool] = []
    tools: tuple[tuple[Tool, tuple[str, ...]], ...] = (("terraform", TERRAFORM), ("cdk", CDK))
    for tool, beginnings in tools:
        by_key = any(key.lower().startswith(beginnings) or key in more.get(tool, ()) for key in tags)
        by_value = any(key.lower() in CUSTOM and tool in value.lower() for key, value in tags.items())
        if by_key or by_value:
            found.append(tool)
    return found
