"""S3: the buckets that machine learning names. Only those are read, never all of an account's."""

from typing import Literal

from mllens.scanner.collect import Call, Collector, Referred
from mllens.scanner.model import Resource, api

BY_NAME = {"Bucket": "name"}


class Bucket(Resource, type="AWS::S3::Bucket", name="Bucket", scope="global"):
    """A bucket that another resource refers to; buckets are known by name alone, everywhere."""

    # AWS leaves the status out for a bucket that never had versioning.
    versioning: Literal["Enabled", "Suspended"] | None = api("Status", of="GetBucketVersioning")
    # AWS leaves the constraint out for us-east-1.
    location: str = api("LocationConstraint", of="GetBucketLocation", absent="us-east-1")


COLLECTORS = (
    Collector(
        Bucket,
        Referred(),
        then=(
            Call("s3", "GetBucketVersioning", given=BY_NAME),
            Call("s3", "GetBucketLocation", given=BY_NAME),
        ),
    ),
)
