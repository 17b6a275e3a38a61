"""Feature groups: with both stores, with one, and what an answer leaves out."""

import pytest
from scans import Scanner, moment

from mllens.sandbox import Sandbox
from mllens.scanner import Graph, Unobserved
from mllens.scanner.catalogue import collectors
from mllens.scanner.plan import plan
from mllens.scanner.row import Row
from mllens.scanner.sagemaker_features import FeatureGroup
from mllens.scanner.shapes import answers

ROLE = "arn:aws:iam::123456789012:role/ml/work"
DEFINITIONS = [{"FeatureName": "id", "FeatureType": "String"}, {"FeatureName": "at", "FeatureType": "String"}]


def test_both_stores() -> None:
    with Sandbox() as sandbox:
        sandbox.client("sagemaker").create_feature_group(
            FeatureGroupName="Customers",
            RecordIdentifierFeatureName="id",
            EventTimeFeatureName="at",
            FeatureDefinitions=DEFINITIONS,
            Description="Who buys what",
            RoleArn=ROLE,
            OnlineStoreConfig={
                "EnableOnlineStore": True,
                "SecurityConfig": {"KmsKeyId": "0a1b"},
                "StorageType": "Standard",
            },
            OfflineStoreConfig={
                "S3StorageConfig": {
                    "S3Uri": "s3://features/customers",
                    "KmsKeyId": "2c3d",
                    "ResolvedOutputS3Uri": "s3://features/customers/data",
                },
                "DataCatalogConfig": {"TableName": "customers", "Catalog": "AwsDataCatalog", "Database": "ml"},
            },
            Tags=[{"Key": "team", "Value": "risk"}],
        )
        # The simulated AWS fills in every required member, this one too; there is no further page.
        sandbox.amend("sagemaker", "FeatureGroup", "Customers", NextToken="")
        graph = Graph(Scanner(sandbox, plan(FeatureGroup.fields.values()))(regions=("us-east-1",)))
    (group,) = graph.all(FeatureGroup)
    assert (group.status, group.online, group.online_storage) == ("Created", True, "Standard")
    assert group.description == "Who buys what"
    assert group.role is not None
    assert group.online_kms_key is not None
    assert group.offline_kms_key is not None
    assert group.offline_bucket is not None
    assert group.role.key.name == "work"
    assert (group.online_kms_key.key.name, group.offline_kms_key.key.name) == ("0a1b", "2c3d")
    assert (group.offline_bucket.key.name, group.offline_uri) == ("features", "s3://features/customers/data")
    assert (group.offline_status, group.catalog, group.database, group.table) == (
        "Active",
        "AwsDataCatalog",
        "ml",
        "customers",
    )
    assert group.tags == {"team": "risk"}


def test_an_online_store_alone() -> None:
    row = Row.encode(
        FeatureGroup.key_of("online", "123456789012", "us-east-1"),
        answers={
            "DescribeFeatureGroup": {
                "FeatureGroupName": "online",
                "CreationTime": moment(2026, 1, 1).timestamp(),
                "OnlineStoreConfig": {"EnableOnlineStore": True},
            }
        },
    )
    group = FeatureGroup.from_row(row, answers(collectors()[FeatureGroup.type]))
    assert group.online is True
    left_out = [group.role, group.online_kms_key, group.online_storage, group.offline_bucket, group.offline_status]
    assert left_out == [None] * 5
    assert group.description is None
    with pytest.raises(Unobserved, match="DescribeFeatureGroup left out FeatureGroupStatus"):
        _ = group.status
