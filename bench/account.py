"""Serve a simulated account of a given size: prints its address, then the calls that came in, one line for each line read.

Each line read holds the milliseconds that each answer takes from then on. Each line printed after the first is
`{"service:Operation": {"ok": 3, "ThrottlingException": 1}}`: what the server counted since the line before. It ends when
standard input closes; with status 1 if the simulator would answer something otherwise than it was answered.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable

from ready import Ready, serving

from mllens.sandbox import Fault, Faults, Sandbox
from mllens.sandbox.demo import seed as seed_platform

KINDS = 5  # endpoints, endpoint configurations, models, notebooks, training jobs
VERSIONS = 10  # packages a group
ROLE = "arn:aws:iam::123456789012:role/platform-ml"
TAGS = [{"Key": "team", "Value": "platform"}]
MANY = 17_576  # of three letters
NEIGHBOURS = {
    "cloudwatch": "describe_alarms",
    "ec2": "describe_regions",
    "ecr": "describe_repositories",
    "events": "list_rules",
    "iam": "list_roles",
    "kms": "list_keys",
    "logs": "describe_log_groups",
    "resourcegroupstaggingapi": "get_resources",
    "s3": "list_buckets",
    "sns": "list_topics",
}


def seed(sandbox: Sandbox, each: int) -> None:
    """As many of each kind, all tagged: what the measurements of the peers were made on."""
    client = sandbox.client("sagemaker", fast=True)
    for n in range(each):
        image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/serving:1"
        client.create_model(ModelName=f"m-{n}", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": image}, Tags=TAGS)
        variant = {"VariantName": "v", "ModelName": f"m-{n}", "InitialInstanceCount": 2, "InstanceType": "ml.m5.large"}
        client.create_endpoint_config(EndpointConfigName=f"c-{n}", ProductionVariants=[variant], Tags=TAGS)
        client.create_endpoint(EndpointName=f"e-{n}", EndpointConfigName=f"c-{n}", Tags=TAGS)
        client.create_notebook_instance(
            NotebookInstanceName=f"n-{n}", InstanceType="ml.t3.medium", RoleArn=ROLE, Tags=TAGS
        )
        job(client, n)


def job(client: object, n: int) -> None:
    """One training job, in a family of its own."""
    name = f"job{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n // 676 % 26)}"
    client.create_training_job(  # type: ignore[attr-defined]  # boto3 makes its methods at run time
        TrainingJobName=name if n < MANY else f"{name}-{n}",
        RoleArn=ROLE,
        AlgorithmSpecification={
            "TrainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/t:1",
            "TrainingInputMode": "File",
        },
        InputDataConfig=[
            {
                "ChannelName": "train",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://platform-data/in"}},
            }
        ],
        OutputDataConfig={"S3OutputPath": "s3://platform-data/out"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 50},
        StoppingCondition={"MaxRuntimeInSeconds": 3600},
        Tags=TAGS,
    )


def packages(sandbox: Sandbox, each: int) -> None:
    """As many packages, ten to a group, every other one approved."""
    client = sandbox.client("sagemaker", fast=True)
    image = {"Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/serving:1", "ModelDataUrl": "s3://platform-data/m"}
    inference = {
        "Containers": [image],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    for n in range(each):
        group = f"g-{n // VERSIONS}"
        if n % VERSIONS == 0:
            client.create_model_package_group(ModelPackageGroupName=group, Tags=TAGS)
        client.create_model_package(
            ModelPackageGroupName=group,
            InferenceSpecification=inference,
            ModelApprovalStatus="PendingManualApproval" if n % 2 else "Approved",
        )


def warm(sandbox: Sandbox) -> None:
    """Load the services beside SageMaker, which else happens while the first process waits for its answer."""
    for name, operation in NEIGHBOURS.items():
        getattr(sandbox.client(name), operation)()
    sandbox.client("budgets").describe_budgets(AccountId=sandbox.account)


def by_operation(counted: Iterable[tuple[tuple[str, str], int]]) -> str:
    """Calls by operation and outcome, as one line."""
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for (operation, outcome), count in counted:
        found[operation][outcome] = count
    return json.dumps(found)


def serve_ready(sandbox: Sandbox) -> int:
    """Answers as they were made once."""
    ready = Ready(sandbox)
    with serving(ready) as url:
        print(url, flush=True)
        for line in sys.stdin:
            ready.latency = float(line) / 1000
            print(by_operation(ready.counted().items()), flush=True)
    stale = list(ready.stale())
    for request in stale:
        print(f"the simulator would answer otherwise: {request}", file=sys.stderr)
    return 1 if stale else 0


def serve_strict(sandbox: Sandbox, rate: float) -> int:
    """The simulator itself, which alone knows what it lets through."""
    with sandbox.serve() as url:
        print(url, flush=True)
        for line in sys.stdin:
            slow = (Fault("slow", seconds=float(line) / 1000),) if float(line) else ()
            sandbox.faults = Faults(*slow, Fault("rate", rate=rate, burst=2 * rate))
            made = Counter((f"{made.service}:{made.operation}", made.outcome) for made in sandbox.calls)
            sandbox.calls.clear()
            print(by_operation(made.items()), flush=True)
    return 0


def main() -> None:
    """Seed, serve, and tell the calls when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("resources", type=int)
    parser.add_argument("--rate", type=float, default=0, help="calls a second that each operation bears (0: any)")
    parser.add_argument("--jobs", action="store_true", help="training jobs alone")
    parser.add_argument("--wide", action="store_true", help="also packages, and the demo's platform with every type")
    given = parser.parse_args()
    with Sandbox(regions=("us-east-1", "eu-west-1") if given.wide else ("us-east-1",)) as sandbox:
        if given.jobs:
            client = sandbox.client("sagemaker", fast=True)
            for n in range(given.resources):
                job(client, n)
        else:
            each = given.resources // (KINDS + given.wide)
            seed(sandbox, each)
            if given.wide:
                packages(sandbox, each)
                seed_platform(sandbox)
        warm(sandbox)
        sandbox.calls.clear()
        sys.exit(serve_strict(sandbox, given.rate) if given.rate else serve_ready(sandbox))


if __name__ == "__main__":
    main()
