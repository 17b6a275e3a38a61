"""Captured requests that others can read."""

from collections.abc import Iterable
from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.access import Policy, outsiders
from mllens.rules.bucket_access import BLOCK_READS, BLOCK_SENDS, PUBLIC_READS, closed, keys, opened, public
from mllens.rules.fix import Fix, Names, NeedsPerson
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.s3 import AccountPublicAccessBlock, Bucket
from mllens.scanner.sagemaker import Capture, Endpoint


@rule(
    severity="critical",
    proves=("MLSEC03_BP02", "MLRAI03_BP05"),
    supports=("MLSEC03_BP03",),
    presumes="an endpoint that captures its requests",
    reads=(Endpoint.capture, Bucket.policy, *PUBLIC_READS),
)
def capture_bucket_public_or_shared(endpoint: Endpoint, graph: Graph, *, accounts: Iterable[str] = ()) -> Verdict:
    """The bucket of captured requests must not be public, or readable by other accounts.

    What customers sent and what the model answered lies there word for word. Accounts that are meant to read it (one
    for analysis, say) belong in `accounts`.
    """
    if endpoint.capture is None:
        return NotApplicable("captures nothing")
    bucket = graph.to(endpoint.capture.bucket)
    if isinstance(bucket, Missing):
        return NotApplicable(f"captures into {bucket.key.name}, a bucket that does not exist")
    doubt, meant = "", tuple(accounts)
    found = outsiders(Policy(bucket.name, bucket.policy), "s3:GetObject", _captured(endpoint), endpoint.account)
    for who, surely in sorted(found, key=lambda each: each[0]):
        if who != "everyone" and not any(account in who for account in meant):
            if surely:
                return Fail(f"captures into {bucket.name}, which {who} may read; take that from the bucket's policy")
            doubt = doubt or f"whether {who} may read {bucket.name} cannot be told from its policy"
        elif who == "everyone" and not surely:
            doubt = doubt or f"whom the policy of {bucket.name} lets read depends on a condition"
    if public(bucket, graph, endpoint.account):
        return Fail(f"captures into {bucket.name}, which its policy opens to everybody; block public access to it")
    if doubt:
        raise Unobserved(endpoint.name, doubt)
    return Pass()


@capture_bucket_public_or_shared.fix(sends=BLOCK_SENDS, reads=BLOCK_READS)
def block_public_access(endpoint: Endpoint, graph: Graph, names: Names) -> Fix:
    """Block public access to the bucket of captured requests.

    All of its four settings are turned on; its policy stays as it is, and no longer opens it to everybody. Accounts
    that the policy names are a person's to take out, or to allow.
    """
    captured = endpoint.capture
    if captured is None or not (buckets := opened((captured.bucket,), graph, endpoint.account)):
        raise NeedsPerson(
            "the bucket is not public, but its policy names who may read it: take those out of the policy who should "
            "not, and name those who should in the rule's setting `accounts`"
        )
    return closed(buckets, graph)


def _captured(endpoint: Endpoint) -> str:
    """Everything that an endpoint captures, as an ARN."""
    target = keys(endpoint.capture.bucket.value) if endpoint.capture is not None else ""
    return f"arn:{endpoint.arn.split(':')[1]}:s3:::{target.rstrip('/')}/*"


_TARGET = Ref(Bucket, "s3://captured/churn")
_SERVES = Endpoint(
    name="churn",
    arn="arn:aws:sagemaker:us-east-1:111122223333:endpoint/churn",
    capture=Capture(enabled=True, status="Started", sampling=100, bucket=_TARGET, kms_key=None),
)
_OTHER = "arn:aws:iam::444455556666:root"
_ORGANIZATION = {"StringEquals": {"aws:PrincipalOrgID": "o-1a2b3c"}}
_INSECURE = {"Bool": {"aws:SecureTransport": "false"}}


def _may(principal: Any, action: str = "s3:Get*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    everything = ["arn:aws:s3:::captured", "arn:aws:s3:::captured/*"]
    return {"Effect": effect, "Principal": principal, "Action": action, "Resource": everything, **more}


def _bucket(*statements: Any, public: bool = False, restrict: bool = False, acls: bool = False, **more: Any) -> Bucket:
    return Bucket(
        name="captured",
        location="us-east-1",
        **more,
        policy={"Statement": list(statements)} if statements else None,
        public_by_policy=public,
        restrict_public_buckets=restrict,
        ignore_public_acls=False,
        ownership=() if acls else ("BucketOwnerEnforced",),
    )


_NO_BLOCK = AccountPublicAccessBlock(name="111122223333", restrict_public_buckets=False, ignore_public_acls=False)

capture_bucket_public_or_shared.cases(
    passes=[
        case(_SERVES, _bucket()),
        case(_SERVES, _bucket(_may("*", "s3:*", "Deny", Condition=_INSECURE))),
        case(_SERVES, _bucket(_may({"AWS": "arn:aws:iam::111122223333:role/analysis"}))),
        case(_SERVES, _bucket(_may({"Service": "logging.s3.amazonaws.com"}), _may({"AWS": _OTHER}, "s3:PutObject"))),
        case(_SERVES, _bucket(_may({"AWS": _OTHER})), accounts=["444455556666"]),
        case(_SERVES, _bucket(_may("*"), public=True, restrict=True)),
    ],
    fails=[
        case(_SERVES, _bucket(_may({"AWS": _OTHER}))),
        case(_SERVES, _bucket(_may({"AWS": ["444455556666"]}), _may("*", "s3:*", "Deny", Condition=_INSECURE))),
        case(_SERVES, _bucket(_may("*"), public=True), _NO_BLOCK),
        case(_SERVES, _bucket(_may("*"), public=True, block_public_acls=True)),
    ],
    unknown=[
        Endpoint(),
        case(_SERVES, unread=[Bucket]),
        case(_SERVES, Bucket(name="captured")),
        case(_SERVES, _bucket(acls=True), _NO_BLOCK),
        case(_SERVES, _bucket(_may("*", Condition=_ORGANIZATION))),
        case(_SERVES, _bucket(_may({"AWS": _OTHER}, Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}))),
    ],
    not_applicable=[Endpoint(capture=None), _SERVES],
)
