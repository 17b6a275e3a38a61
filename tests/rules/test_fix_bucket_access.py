"""Blocking public access: which buckets, with which calls, and the way back."""

import pytest

from mllens.rules.fix import Fix, Names, NeedsPerson, Undo
from mllens.rules.repairs import fix_of
from mllens.rules.security.capture_bucket_public_or_shared import capture_bucket_public_or_shared
from mllens.rules.security.training_data_bucket_public import training_data_bucket_public
from mllens.scanner import Graph, Ref, Resource
from mllens.scanner.s3 import AccountPublicAccessBlock, Bucket
from mllens.scanner.sagemaker import Capture, Endpoint, TrainingJob

BLOCKED = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}


def bucket(name: str, *, public: bool = True, half: bool = False) -> Bucket:
    return Bucket(
        name=name,
        location="EU",
        public_by_policy=public,
        block_public_acls=half,
        ignore_public_acls=False,
        block_public_policy=False,
        restrict_public_buckets=False,
        ownership=("BucketOwnerEnforced",),
        policy=None,
    )


def of_job(*others: Resource, reads: tuple[str, ...] = ("labels", "features")) -> Fix:
    job = TrainingJob(name="churn", input_buckets=tuple(Ref(Bucket, f"s3://{name}/churn/") for name in reads))
    return fix_of(training_data_bucket_public, job, Graph.of(job, *others, encoded=True), Names("plan"))


def test_each_open_bucket_is_closed_and_opened_again_as_it_was() -> None:
    first, second = of_job(bucket("labels"), bucket("features", half=True)).steps
    for step, name in ((first, "labels"), (second, "features")):
        assert (step.service, step.operation) == ("s3", "PutPublicAccessBlock")
        assert step.params == {"Bucket": name, "PublicAccessBlockConfiguration": BLOCKED}
        assert step.subject == bucket(name).key
        assert (step.look.operation, step.look.params) == ("GetPublicAccessBlock", {"Bucket": name})
        assert step.after == BLOCKED
        assert step.region == "eu-west-1"
        assert step.on == step.look.on == (f"arn:aws:s3:::{name}",)
        assert isinstance(step.undo, Undo)
        assert step.iam == step.undo.iam == "s3:PutBucketPublicAccessBlock"
        assert step.undo.on == step.on
    assert isinstance(first.undo, Undo)
    assert isinstance(second.undo, Undo)
    assert (first.undo.operation, first.undo.params) == ("DeletePublicAccessBlock", {"Bucket": "labels"})
    assert second.undo.operation == "PutPublicAccessBlock"
    assert second.undo.params == {"Bucket": "features", "PublicAccessBlockConfiguration": {"BlockPublicAcls": True}}
    assert first.id != second.id


@pytest.mark.parametrize(
    "others",
    [
        (bucket("labels"), bucket("features", public=False)),
        (bucket("labels"), Bucket(name="features")),
        (bucket("labels"),),
    ],
    ids=["closed", "not read", "deleted"],
)
def test_only_what_is_surely_open_is_touched(others: tuple[Resource, ...]) -> None:
    assert [step.params["Bucket"] for step in of_job(*others).steps] == ["labels"]


def test_a_bucket_that_is_read_from_twice_is_closed_once() -> None:
    assert len(of_job(bucket("labels"), reads=("labels", "labels")).steps) == 1


def test_public_samples_stay_public() -> None:
    names = ("labels", "sagemaker-sample-files")
    fix = of_job(bucket("labels"), bucket("sagemaker-sample-files"), reads=names)
    assert [step.params["Bucket"] for step in fix.steps] == ["labels"]


def test_what_the_account_restricts_already_is_left() -> None:
    block = AccountPublicAccessBlock(name="111122223333", restrict_public_buckets=True, ignore_public_acls=True)
    assert of_job(bucket("labels"), block, reads=("labels",)).steps == ()


def test_captures_shared_with_an_account_are_for_a_person() -> None:
    endpoint = Endpoint(
        name="churn",
        arn="arn:aws:sagemaker:us-east-1:111122223333:endpoint/churn",
        capture=Capture(
            enabled=True, status="Started", sampling=100, bucket=Ref(Bucket, "s3://captured/"), kms_key=None
        ),
    )
    graph = Graph.of(endpoint, bucket("captured", public=False), encoded=True)
    with pytest.raises(NeedsPerson, match="names who may read it"):
        fix_of(capture_bucket_public_or_shared, endpoint, graph, Names("plan"))
    graph = Graph.of(endpoint, bucket("captured"), encoded=True)
    (step,) = fix_of(capture_bucket_public_or_shared, endpoint, graph, Names("plan")).steps
    assert step.params == {"Bucket": "captured", "PublicAccessBlockConfiguration": BLOCKED}
