"""Buckets: what of them an address means, whether they are open to everybody, and how that is ended."""

from collections.abc import Iterable, Sequence

from mllens.rules.fix import Fix, Look, Step, Undo, changed
from mllens.scanner import Account, Graph, Missing, Ref, Unobserved
from mllens.scanner.model import S3_ADDRESS
from mllens.scanner.s3 import AccountPublicAccessBlock, Bucket

PUBLIC_READS = (
    *(Bucket, Bucket.public_by_policy, Bucket.restrict_public_buckets, Bucket.ownership, Bucket.ignore_public_acls),
    *(AccountPublicAccessBlock, AccountPublicAccessBlock.restrict_public_buckets),
    AccountPublicAccessBlock.ignore_public_acls,
)
"""What `public` reads."""

BLOCK_SENDS = ("s3:PutPublicAccessBlock", "s3:DeletePublicAccessBlock")
"""What a fix that blocks public access sends."""

BLOCK_READS = (Bucket.location,)
"""What such a fix reads."""

OF_OLD = {"EU": "eu-west-1"}  # how S3 calls a region for buckets of its first years

BLOCK_ACTION = "s3:PutBucketPublicAccessBlock"  # IAM knows none of its own for the deletion
ALL_BLOCKED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)


def keys(address: str) -> str:
    """The bucket and how the keys begin that an address of S3 means, as `bucket/beginning`.

    Raises:
        Unobserved: it is no address of S3 of a form that is known.
    """
    found = S3_ADDRESS.fullmatch(address)
    if found is None:
        raise Unobserved("S3 address", f"{address} is of no known form")
    group = 1 if found[1] else 2
    return f"{found[group]}/{address[found.end(group) :].partition('/')[2]}"


def region_of(bucket: Bucket) -> str:
    """The region that a bucket lies in."""
    return OF_OLD.get(bucket.location, bucket.location)


def public(bucket: Bucket, graph: Graph, account: str) -> bool:
    """Whether everybody may use a bucket of the account by its policy.

    Raises:
        Unobserved: it cannot be told, also where ACLs, which are not read, could open it.
    """
    if _public_by_policy(bucket, graph, account):
        return True
    if "BucketOwnerEnforced" in bucket.ownership or bucket.ignore_public_acls or _ignores_acls(graph, account):
        return False
    raise Unobserved(bucket.name, "nothing keeps its ACLs from opening it, and they were not read")


def opened(references: Iterable[Ref[Bucket]], graph: Graph, account: str) -> tuple[Bucket, ...]:
    """The buckets among these that are surely open to everybody by their policy."""
    found: dict[str, Bucket] = {}
    for reference in references:
        try:
            bucket = graph.to(reference)
            if not isinstance(bucket, Missing) and _public_by_policy(bucket, graph, account):
                found[bucket.name] = bucket
        except Unobserved:
            continue  # one that was not read does not keep the others open
    return tuple(found.values())


def closed(buckets: Sequence[Bucket], graph: Graph) -> Fix:
    """The fix that blocks all public access to buckets, whatever their policies and ACLs say."""
    names, partition = " and ".join(bucket.name for bucket in buckets), graph.inventory.manifest.partition
    return Fix(
        steps=tuple(_block(bucket, partition, number) for number, bucket in enumerate(buckets, 1)),
        effect=tuple(
            changed(
                bucket,
                block_public_acls=True,
                ignore_public_acls=True,
                block_public_policy=True,
                restrict_public_buckets=True,
            )
            for bucket in buckets
        ),
        disrupts=(
            f"who reads or writes {names} without credentials, from another account by the public policy, "
            "or by a public ACL no longer can"
        ),
        patch={bucket.key: {"PublicAccessBlockConfiguration": ALL_BLOCKED} for bucket in buckets},
    )


def _block(bucket: Bucket, partition: str, number: int) -> Step:
    which, arn = {"Bucket": bucket.name}, (f"arn:{partition}:s3:::{bucket.name}",)
    before = bucket.answered("GetPublicAccessBlock").get("PublicAccessBlockConfiguration")
    put = {**which, "PublicAccessBlockConfiguration": ALL_BLOCKED}
    return Step(
        id=f"block-{number}",
        service="s3",
        operation="PutPublicAccessBlock",
        params=put,
        subject=bucket.key,
        look=Look(
            "s3",
            "GetPublicAccessBlock",
            which,
            at="PublicAccessBlockConfiguration",
            none=("NoSuchPublicAccessBlockConfiguration",),
            iam="s3:GetBucketPublicAccessBlock",
            on=arn,
        ),
        after=ALL_BLOCKED,
        region=region_of(bucket),
        undo=Undo("DeletePublicAccessBlock", which, iam=BLOCK_ACTION, on=arn)
        if before is None
        else Undo("PutPublicAccessBlock", put | {"PublicAccessBlockConfiguration": before}, iam=BLOCK_ACTION, on=arn),
        iam=BLOCK_ACTION,
        on=arn,
    )


def _public_by_policy(bucket: Bucket, graph: Graph, account: str) -> bool:
    return bucket.public_by_policy and not (bucket.restrict_public_buckets or _restricts(graph, account))


def _restricts(graph: Graph, account: str) -> bool:
    return any(b.restrict_public_buckets for b in graph.all(AccountPublicAccessBlock, within=_account(account)))


def _ignores_acls(graph: Graph, account: str) -> bool:
    return any(b.ignore_public_acls for b in graph.all(AccountPublicAccessBlock, within=_account(account)))


def _account(account: str) -> Account:
    return Account(name=account, account=account)
