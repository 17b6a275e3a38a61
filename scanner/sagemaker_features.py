"""SageMaker Feature Store: feature groups, online and offline."""

from datetime import datetime
from typing import Literal

from mllens.scanner.collect import Call, Collector, Searched
from mllens.scanner.iam import Role
from mllens.scanner.kms import Key
from mllens.scanner.model import Ref, Resource, api, ref
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import TAGS


class FeatureGroup(Resource, type="AWS::SageMaker::FeatureGroup", name="FeatureGroupName", arn="FeatureGroupArn"):
    """Features that are computed once, for training and for serving."""

    status: Literal["Creating", "Created", "CreateFailed", "Deleting", "DeleteFailed"] = api("FeatureGroupStatus")
    created: datetime = api("CreationTime")
    description: str | None = api("Description")
    # A group with an online store only may do without a role.
    role: Ref[Role] | None = ref("RoleArn")
    # A group without an online store has no configuration of one.
    online: bool = api("OnlineStoreConfig.EnableOnlineStore", absent=False)
    # Without a key of the account's own the online store has one that the service owns.
    online_kms_key: Ref[Key] | None = ref("OnlineStoreConfig.SecurityConfig.KmsKeyId")
    # Groups without an online store have no tier; the API's own default is Standard, and need not be shown.
    online_storage: Literal["Standard", "Standard_V2", "InMemory"] | None = api("OnlineStoreConfig.StorageType")
    # All that follows is left out of a group without an offline store; a key also where none was chosen.
    offline_bucket: Ref[Bucket] | None = ref("OfflineStoreConfig.S3StorageConfig.S3Uri")
    offline_uri: str | None = api("OfflineStoreConfig.S3StorageConfig.ResolvedOutputS3Uri")
    offline_kms_key: Ref[Key] | None = ref("OfflineStoreConfig.S3StorageConfig.KmsKeyId")
    offline_status: Literal["Active", "Blocked", "Disabled"] | None = api("OfflineStoreStatus.Status")
    # A group may also be told to make no table.
    catalog: str | None = api("OfflineStoreConfig.DataCatalogConfig.Catalog")
    database: str | None = api("OfflineStoreConfig.DataCatalogConfig.Database")
    table: str | None = api("OfflineStoreConfig.DataCatalogConfig.TableName")


COLLECTORS = (
    Collector(
        FeatureGroup,
        Searched(
            Call("sagemaker", "ListFeatureGroups", items="FeatureGroupSummaries"),
            record="FeatureGroup",
            body="FeatureGroup",
            describe=Call("sagemaker", "DescribeFeatureGroup", given={"FeatureGroupName": "FeatureGroupName"}),
        ),
        tags=TAGS,
    ),
)
