"""SageMaker's places to work in: notebook instances, and Studio's domains, user profiles, spaces and apps."""

from datetime import datetime
from typing import Literal

from mllens.scanner.collect import Call, Collector, Listed, Maybe
from mllens.scanner.iam import Role
from mllens.scanner.kms import Key
from mllens.scanner.model import Ref, Resource, Struct, api, ref
from mllens.scanner.sagemaker import TAGS

StudioStatus = Literal["Deleting", "Failed", "InService", "Pending", "Updating", "Update_Failed", "Delete_Failed"]
AppType = Literal[
    "JupyterServer",
    "KernelGateway",
    "DetailedProfiler",
    "TensorBoard",
    "CodeEditor",
    "JupyterLab",
    "RStudioServerPro",
    "RSessionGateway",
    "Canvas",
]


class Suspect(Struct):
    """A line of a script where a secret may stand: its number, and what was recognised; never the text."""

    line: int = api("Line")
    kind: str = api("Kind")


class Script(Struct):
    """What was seen in a script; its text is not kept. One that could not be read is unobserved."""

    lines: int = api("Lines")
    stops: tuple[str, ...] = api("Stops")
    repeats: tuple[str, ...] = api("Repeats")
    suspects: tuple[Suspect, ...] = api("Suspects")


class NotebookInstanceLifecycleConfig(
    Resource,
    type="AWS::SageMaker::NotebookInstanceLifecycleConfig",
    name="NotebookInstanceLifecycleConfigName",
    arn="NotebookInstanceLifecycleConfigArn",
):
    """Scripts that run, as root, when a notebook instance is created and whenever it starts."""

    created: datetime | None = api("CreationTime")
    # A configuration has scripts for either moment or for both.
    on_create: tuple[Script, ...] = api("OnCreate[].Content", absent=())
    on_start: tuple[Script, ...] = api("OnStart[].Content", absent=())


class NotebookInstance(
    Resource, type="AWS::SageMaker::NotebookInstance", name="NotebookInstanceName", arn="NotebookInstanceArn"
):
    """A notebook server on an instance of its own."""

    status: Literal[
        "Pending",
        "InService",
        "Stopping",
        "Stopped",
        "Failed",
        "Deleting",
        "Updating",
        "PendingMaintenance",
        "InMaintenance",
    ] = api("NotebookInstanceStatus")
    created: datetime = api("CreationTime")
    last_modified: datetime = api("LastModifiedTime")
    instance_type: str = api("InstanceType")
    # The member is optional: without it no scripts of the account's own run.
    lifecycle_config: Ref[NotebookInstanceLifecycleConfig] | None = ref(
        "NotebookInstanceLifecycleConfigName", local=True
    )
    role: Ref[Role] = ref("RoleArn")
    # Answers of before these two settings existed leave them out; then they are not known, whatever the default.
    root_access: Literal["Enabled", "Disabled"] = api("RootAccess")
    direct_internet_access: Literal["Enabled", "Disabled"] = api("DirectInternetAccess")
    # A notebook that was not put into the account's own network has neither.
    subnet: str | None = api("SubnetId")
    security_groups: tuple[str, ...] = api("SecurityGroups", absent=())
    # Without a key of its own the volume is encrypted with one that the service owns.
    kms_key: Ref[Key] | None = ref("KmsKeyId")
    platform: str = api("PlatformIdentifier")
    minimum_imds_version: str = api("InstanceMetadataServiceConfiguration.MinimumInstanceMetadataServiceVersion")


class IdleSettings(Struct):
    """When apps that nobody uses are shut down."""

    # Each is left out where it was not set.
    management: Literal["ENABLED", "DISABLED"] | None = api("LifecycleManagement")
    timeout_minutes: int | None = api("IdleTimeoutInMinutes")
    longest_timeout_minutes: int | None = api("MaxIdleTimeoutInMinutes")


class Domain(Resource, type="AWS::SageMaker::Domain", name="DomainId", arn="DomainArn"):
    """A Studio domain: users, spaces and their shared settings. Its name here is its id."""

    display_name: str = api("DomainName")
    status: StudioStatus = api("Status")
    created: datetime = api("CreationTime")
    auth_mode: Literal["SSO", "IAM"] = api("AuthMode")
    network_access: Literal["PublicInternetOnly", "VpcOnly"] = api("AppNetworkAccessType")
    vpc: str | None = api("VpcId")
    subnets: tuple[str, ...] = api("SubnetIds", absent=())
    # Without a key of the account's own the file system has one that AWS manages.
    kms_key: Ref[Key] | None = ref("KmsKeyId")
    # Settings that nobody made are left out, the structures around them too.
    # CloudTrail shows the role, not the person, unless a domain was told otherwise.
    source_identity: Literal["USER_PROFILE_NAME", "DISABLED"] = api(
        "DomainSettings.ExecutionRoleIdentityConfig", absent="DISABLED"
    )
    identity_propagation: Literal["ENABLED", "DISABLED"] = api(
        "DomainSettings.TrustedIdentityPropagationSettings.Status", absent="DISABLED"
    )
    execution_role: Ref[Role] | None = ref("DefaultUserSettings.ExecutionRole")
    space_execution_role: Ref[Role] | None = ref("DefaultSpaceSettings.ExecutionRole")
    jupyterlab_idle: IdleSettings | None = api(
        "DefaultUserSettings.JupyterLabAppSettings.AppLifecycleManagement.IdleSettings"
    )
    code_editor_idle: IdleSettings | None = api(
        "DefaultUserSettings.CodeEditorAppSettings.AppLifecycleManagement.IdleSettings"
    )
    # Of shared spaces; those of one person have that person's settings.
    space_jupyterlab_idle: IdleSettings | None = api(
        "DefaultSpaceSettings.JupyterLabAppSettings.AppLifecycleManagement.IdleSettings"
    )


class UserProfile(
    Resource, type="AWS::SageMaker::UserProfile", name="{DomainId}/{UserProfileName}", arn="UserProfileArn"
):
    """A person in a domain, or a group that shares a role."""

    domain: Ref[Domain] = ref("DomainId", local=True)
    status: StudioStatus = api("Status")
    created: datetime = api("CreationTime")
    # What a profile does not set comes from the domain.
    execution_role: Ref[Role] | None = ref("UserSettings.ExecutionRole")
    jupyterlab_idle: IdleSettings | None = api("UserSettings.JupyterLabAppSettings.AppLifecycleManagement.IdleSettings")
    code_editor_idle: IdleSettings | None = api(
        "UserSettings.CodeEditorAppSettings.AppLifecycleManagement.IdleSettings"
    )


class Space(Resource, type="AWS::SageMaker::Space", name="{DomainId}/{SpaceName}", arn="SpaceArn"):
    """Storage and an app of one kind, for one person or shared."""

    domain: Ref[Domain] = ref("DomainId", local=True)
    status: StudioStatus = api("Status")
    created: datetime = api("CreationTime")
    # Spaces of Studio Classic name neither owner, kind of sharing nor kind of app.
    owner: str | None = api("OwnershipSettings.OwnerUserProfileName")
    sharing: Literal["Private", "Shared"] | None = api("SpaceSharingSettings.SharingType")
    app_type: AppType | None = api("SpaceSettings.AppType")
    # What a space does not set comes from its owner's profile, or the domain's defaults.
    jupyterlab_idle_minutes: int | None = api(
        "SpaceSettings.JupyterLabAppSettings.AppLifecycleManagement.IdleSettings.IdleTimeoutInMinutes"
    )
    code_editor_idle_minutes: int | None = api(
        "SpaceSettings.CodeEditorAppSettings.AppLifecycleManagement.IdleSettings.IdleTimeoutInMinutes"
    )


class App(
    Resource,
    type="AWS::SageMaker::App",
    name="{DomainId}/{SpaceName|UserProfileName}/{AppType}/{AppName}",
    arn="AppArn",
):
    """An app of a space or of a user profile; the list shows deleted ones for a while, by status."""

    domain: Ref[Domain] = ref("DomainId", local=True)
    # An app belongs to a space or to a user profile.
    space: str | None = api("SpaceName")
    user_profile: str | None = api("UserProfileName")
    app_type: AppType = api("AppType")
    status: Literal["Deleted", "Deleting", "Failed", "InService", "Pending"] = api("Status")
    created: datetime = api("CreationTime")
    # The app server of Studio Classic and Canvas run on no instance of the account's choice.
    instance_type: str | None = api("ResourceSpec.InstanceType")
    # Apps that nobody has used yet have none.
    last_activity: datetime | None = api("LastUserActivityTimestamp")


COLLECTORS = (
    Collector(
        NotebookInstanceLifecycleConfig,
        Listed(
            Call("sagemaker", "ListNotebookInstanceLifecycleConfigs", items="NotebookInstanceLifecycleConfigs"),
        ),
        then=(
            Call(
                "sagemaker",
                "DescribeNotebookInstanceLifecycleConfig",
                given={"NotebookInstanceLifecycleConfigName": "NotebookInstanceLifecycleConfigName"},
                scripts=("OnCreate", "OnStart"),
            ),
        ),
        tags=TAGS,
    ),
    Collector(
        NotebookInstance,
        Listed(Call("sagemaker", "ListNotebookInstances", items="NotebookInstances")),
        then=(Call("sagemaker", "DescribeNotebookInstance", given={"NotebookInstanceName": "NotebookInstanceName"}),),
        tags=TAGS,
    ),
    Collector(
        Domain,
        Listed(Call("sagemaker", "ListDomains", items="Domains")),
        then=(Call("sagemaker", "DescribeDomain", given={"DomainId": "DomainId"}),),
        tags=TAGS,
    ),
    Collector(
        UserProfile,
        Listed(Call("sagemaker", "ListUserProfiles", items="UserProfiles")),
        then=(
            Call(
                "sagemaker",
                "DescribeUserProfile",
                given={"DomainId": "DomainId", "UserProfileName": "UserProfileName"},
            ),
        ),
        tags=TAGS,
    ),
    Collector(
        Space,
        Listed(Call("sagemaker", "ListSpaces", items="Spaces")),
        then=(Call("sagemaker", "DescribeSpace", given={"DomainId": "DomainId", "SpaceName": "SpaceName"}),),
        tags=TAGS,
    ),
    Collector(
        App,
        Listed(Call("sagemaker", "ListApps", items="Apps")),
        then=(
            Call(
                "sagemaker",
                "DescribeApp",
                given={
                    "DomainId": "DomainId",
                    "SpaceName": Maybe("SpaceName"),
                    "UserProfileName": Maybe("UserProfileName"),
                    "AppType": "AppType",
                    "AppName": "AppName",
                },
            ),
        ),
        tags=TAGS,
    ),
)
