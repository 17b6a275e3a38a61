"""Small accounts made by hand, in which endpoints are hosted: everything of a resource was read."""

from collections.abc import Collection

from mllens.scanner import Graph, Ref, Resource
from mllens.scanner.cloudwatch import Alarm
from mllens.scanner.iam import Role
from mllens.scanner.logs import LogGroup
from mllens.scanner.model import edges_of
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import (
    Container,
    Endpoint,
    EndpointConfig,
    HostedVariant,
    Model,
    ModelPackage,
    TrainingJob,
)

HERE, US = "111122223333", "us-east-1"
ARN = f"arn:aws:sagemaker:{US}:{HERE}:"
APPLICATION = f"arn:aws:resource-groups:{US}:{HERE}:group/Fraud/0abc"


def whole(cls: type[Resource], name: str, **values: object) -> Resource:
    """A resource all of which was read: references that are not given are not set, and roles are shared ones."""
    for field in {edge.field for edge in edges_of(cls)}:
        if field.attr not in values:
            values[field.attr] = Ref(Role, "shared") if field.attr == "role" else field.of_absent()
    if cls is TrainingJob:
        values.setdefault("artifact", None)
    if cls is ModelPackage:
        values.setdefault("generated_by", None)
    if cls.type.startswith("AWS::SageMaker"):
        values.setdefault("tags", {})
    return cls(name=name, **values)


def served(name: str, *, artifact: str = "s3://shared/x", package: str | None = None, **tags: str) -> list[Resource]:
    """An endpoint with a configuration and a model, and an alarm on it."""
    container = Container(artifact=artifact, package=Ref(ModelPackage, package) if package else None)
    return [
        whole(Endpoint, name, arn=f"{ARN}endpoint/{name}", config=Ref(EndpointConfig, f"{name}-1"), tags=tags),
        whole(EndpointConfig, f"{name}-1", variants=(HostedVariant(model=Ref(Model, name)),)),
        whole(Model, name, primary_container=container),
        whole(Alarm, f"{name}-errors", endpoints=(Ref(Endpoint, name),), topics=()),
        whole(LogGroup, f"/aws/sagemaker/Endpoints/{name}"),
    ]


SHARED = (Bucket(name="shared"), Role(name="shared", managed_policies=(), boundary=None))


def graph(*resources: Resource, unread: Collection[type[Resource]] = ()) -> Graph:
    return Graph.of(*resources, unread=unread, encoded=True)
