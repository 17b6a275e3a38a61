"""Serve a simulated account of a given size until standard input closes; the first line printed is its address."""

import sys
from collections.abc import Iterator

from mllens.sandbox import Fault, Faults, Sandbox

KINDS = 5  # endpoints, endpoint configurations, models, notebooks, training jobs
ROLE = "arn:aws:iam::123456789012:role/platform-ml"
TAGS = [{"Key": "team", "Value": "platform"}]


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
        jobs(client, n, f"job{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n // 676 % 26)}")


def jobs(client: object, n: int, name: str) -> None:
    """One training job."""
    client.create_training_job(  # type: ignore[attr-defined]  # boto3 makes its methods at run time
        TrainingJobName=name if n < 17_576 else f"{name}-{n}",
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


def faults(latency: float, rate: float) -> Iterator[Fault]:
    """How slow, and how strict, the account is."""
    if latency:
        yield Fault("slow", seconds=latency)
    if rate:
        yield Fault("rate", rate=rate, burst=2 * rate)


def main() -> None:
    """Arguments: resources, milliseconds of latency, calls a second that each operation bears (0: any)."""
    resources, latency, rate = int(sys.argv[1]), float(sys.argv[2]) / 1000, float(sys.argv[3])
    with Sandbox(regions=("us-east-1",)) as sandbox:
        seed(sandbox, resources // KINDS)
        sandbox.faults = Faults(*faults(latency, rate))
        with sandbox.serve() as url:
            print(url, flush=True)
            sys.stdin.read()


if __name__ == "__main__":
    main()
