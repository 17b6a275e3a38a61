"""Buckets: what of them an address means, and whether they are open to everybody."""

from mllens.scanner import Account, Graph, Unobserved
from mllens.scanner.model import S3_ADDRESS
from mllens.scanner.s3 import AccountPublicAccessBlock, Bucket

PUBLIC_READS = (
    *(Bucket, Bucket.public_by_policy, Bucket.restrict_public_buckets, Bucket.ownership, Bucket.ignore_public_acls),
    *(AccountPublicAccessBlock, AccountPublicAccessBlock.restrict_public_buckets),
    AccountPublicAccessBlock.ignore_public_acls,
)
"""What `public` reads."""


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


def public(bucket: Bucket, graph: Graph, account: str) -> bool:
    """Whether everybody may use a bucket of the account by its policy.

    Raises:
        Unobserved: it cannot be told, also where ACLs, which are not read, could open it.
    """
    if bucket.public_by_policy and not (bucket.restrict_public_buckets or _restricts(graph, account)):
        return True
    if "BucketOwnerEnforced" in bucket.ownership or bucket.ignore_public_acls or _ignores_acls(graph, account):
        return False
    raise Unobserved(bucket.name, "nothing keeps its ACLs from opening it, and they were not read")


def _restricts(graph: Graph, account: str) -> bool:
    return any(b.restrict_public_buckets for b in graph.all(AccountPublicAccessBlock, within=_account(account)))


def _ignores_acls(graph: Graph, account: str) -> bool:
    return any(b.ignore_public_acls for b in graph.all(AccountPublicAccessBlock, within=_account(account)))


def _account(account: str) -> Account:
    return Account(name=account, account=account)
