"""How long objects stay: what a bucket's lifecycle rules do with all that lies below a prefix."""

from collections.abc import Iterable

from mllens.scanner import Unobserved
from mllens.scanner.s3 import Bucket, LifecycleRule

KEEPS = (Bucket, Bucket.lifecycle, Bucket.versioning)
"""What `kept` reads."""


def kept(bucket: Bucket, beginning: str) -> str:
    """Why what lies in a bucket under keys that begin so stays for ever; empty if it does not.

    Deleting an object of a bucket with versions only hides it: its versions need a rule of their own.

    Raises:
        Unobserved: what the rules do depends on tags or sizes of objects, which are not read.
    """
    covering = [r for r in bucket.lifecycle if r.status == "Enabled" and beginning.startswith(_prefix(r))]
    if not _any(bucket, (r for r in covering if r.expiration_days is not None or r.expiration_date is not None)):
        return f"no lifecycle rule of {bucket.name} ever deletes it"
    versions = (r for r in covering if r.noncurrent_expiration_days is not None)
    if bucket.versioning == "Enabled" and not _any(bucket, versions):
        return f"{bucket.name} keeps a version of all that its lifecycle deletes"
    return ""


def _any(bucket: Bucket, rules: Iterable[LifecycleRule]) -> bool:
    by_filter = False
    for entry in rules:
        if not _filters(entry):
            return True
        by_filter = True
    if by_filter:
        raise Unobserved(bucket.name, "its lifecycle rules go by tags or sizes of objects, which are not read")
    return False


def _prefix(entry: LifecycleRule) -> str:
    return entry.prefix or entry.prefix_and or entry.prefix_of_old or ""


def _filters(entry: LifecycleRule) -> bool:
    sizes = (entry.larger_than, entry.smaller_than, entry.larger_than_and, entry.smaller_than_and)
    return bool(entry.tag or entry.tags_and) or any(size is not None for size in sizes)
