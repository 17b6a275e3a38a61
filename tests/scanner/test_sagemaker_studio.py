"""Studio and notebooks: what full and minimal answers say, and apps of spaces and of profiles."""

from collections.abc import Iterator
from typing import Any

import pytest
from scans import Scanner, moment

from mllens.sandbox import Sandbox
from mllens.scanner import Graph, Missing, Unobserved
from mllens.scanner.catalogue import collectors
from mllens.scanner.model import Resource
from mllens.scanner.plan import plan
from mllens.scanner.row import Row
from mllens.scanner.sagemaker_studio import (
    App,
    Domain,
    NotebookInstance,
    NotebookInstanceLifecycleConfig,
    Space,
    UserProfile,
)
from mllens.scanner.shapes import answers

ROLE = "arn:aws:iam::123456789012:role/ml/work"
TYPES = (NotebookInstanceLifecycleConfig, NotebookInstance, Domain, UserProfile, Space, App)
WANTED = plan(field for type_ in TYPES for field in type_.fields.values())
IDLE = {
    "AppLifecycleManagement": {
        "IdleSettings": {
            "LifecycleManagement": "ENABLED",
            "IdleTimeoutInMinutes": 60,
            "MaxIdleTimeoutInMinutes": 120,
        }
    }
}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def scanned(sandbox: Sandbox) -> Graph:
    return Graph(Scanner(sandbox, WANTED)(regions=("us-east-1",)))


def answered(cls: type[Resource], name: str, **by_operation: Any) -> Any:
    """A resource of answers written by hand."""
    row = Row.encode(cls.key_of(name, "123456789012", "us-east-1"), answers=by_operation)
    return cls.from_row(row, answers(collectors()[cls.type]))


def unobserved(resource: Resource) -> set[str]:
    out = set()
    for attr in resource.fields:
        try:
            getattr(resource, attr)
        except Unobserved:
            out.add(attr)
    return out


def test_a_notebook_in_full(sandbox: Sandbox) -> None:
    sandbox.client("sagemaker").create_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName="Stop")
    sandbox.client("sagemaker").create_notebook_instance(
        NotebookInstanceName="Work",
        InstanceType="ml.t3.medium",
        RoleArn=ROLE,
        SubnetId="subnet-1",
        SecurityGroupIds=["sg-1"],
        KmsKeyId="0a1b",
        LifecycleConfigName="Stop",
        DirectInternetAccess="Disabled",
        RootAccess="Disabled",
        PlatformIdentifier="notebook-al2023-v1",
        InstanceMetadataServiceConfiguration={"MinimumInstanceMetadataServiceVersion": "2"},
        Tags=[{"Key": "team", "Value": "risk"}],
    )
    graph = scanned(sandbox)
    (notebook,) = graph.all(NotebookInstance)
    assert unobserved(notebook) == set()
    assert (notebook.root_access, notebook.direct_internet_access, notebook.subnet) == (
        "Disabled",
        "Disabled",
        "subnet-1",
    )
    assert (notebook.platform, notebook.minimum_imds_version) == ("notebook-al2023-v1", "2")
    assert (notebook.security_groups, notebook.tags) == (("sg-1",), {"team": "risk"})
    assert notebook.role.key.name == "work"
    assert notebook.kms_key is not None
    assert notebook.kms_key.key.name == "0a1b"
    config = graph.to(notebook.lifecycle_config)
    assert isinstance(config, NotebookInstanceLifecycleConfig)
    assert (config.on_create, config.on_start) == ((), ())
    assert list(graph.into(config, NotebookInstance)) == [notebook]


def test_a_notebook_as_older_answers_showed_it() -> None:
    """Settings that came later are not known; what nobody chose is not set."""
    notebook = answered(
        NotebookInstance,
        "old",
        DescribeNotebookInstance={
            "NotebookInstanceName": "old",
            "NotebookInstanceStatus": "Stopped",
            "InstanceType": "ml.t2.medium",
            "RoleArn": ROLE,
            "CreationTime": moment(2018, 1, 18).timestamp(),
            "LastModifiedTime": moment(2018, 1, 19).timestamp(),
        },
    )
    assert unobserved(notebook) == {
        "root_access",
        "direct_internet_access",
        "platform",
        "minimum_imds_version",
        "tags",
    }
    assert (notebook.subnet, notebook.kms_key, notebook.lifecycle_config, notebook.security_groups) == (None,) * 3 + (
        (),
    )


def test_a_domain_in_full(sandbox: Sandbox) -> None:
    client = sandbox.client("sagemaker")
    domain_id = client.create_domain(
        DomainName="lab",
        AuthMode="IAM",
        AppNetworkAccessType="VpcOnly",
        VpcId="vpc-1",
        SubnetIds=["subnet-1", "subnet-2"],
        KmsKeyId="0a1b",
        DefaultUserSettings={
            "ExecutionRole": ROLE,
            "JupyterLabAppSettings": IDLE,
            "CodeEditorAppSettings": {"AppLifecycleManagement": {"IdleSettings": {"LifecycleManagement": "DISABLED"}}},
        },
        DefaultSpaceSettings={"ExecutionRole": ROLE, "JupyterLabAppSettings": IDLE},
        DomainSettings={
            "ExecutionRoleIdentityConfig": "USER_PROFILE_NAME",
            "TrustedIdentityPropagationSettings": {"Status": "ENABLED"},
        },
    )["DomainId"]
    client.create_user_profile(DomainId=domain_id, UserProfileName="Ann", UserSettings={"ExecutionRole": ROLE})
    client.create_user_profile(DomainId=domain_id, UserProfileName="Bob", UserSettings={"JupyterLabAppSettings": IDLE})
    spaces = {"AppLifecycleManagement": {"IdleSettings": {"IdleTimeoutInMinutes": 90}}}
    client.create_space(
        DomainId=domain_id,
        SpaceName="Desk",
        OwnershipSettings={"OwnerUserProfileName": "Ann"},
        SpaceSharingSettings={"SharingType": "Private"},
        SpaceSettings={"AppType": "JupyterLab", "JupyterLabAppSettings": spaces},
    )
    graph = scanned(sandbox)
    (domain,) = graph.all(Domain)
    assert unobserved(domain) == set()
    assert (domain.name, domain.display_name) == (domain_id, "lab")
    assert (domain.auth_mode, domain.network_access) == ("IAM", "VpcOnly")
    assert (domain.vpc, domain.subnets) == ("vpc-1", ("subnet-1", "subnet-2"))
    assert (domain.source_identity, domain.identity_propagation) == ("USER_PROFILE_NAME", "ENABLED")
    assert domain.execution_role is not None
    assert domain.execution_role.key.name == "work"
    assert domain.jupyterlab_idle is not None
    assert (domain.jupyterlab_idle.management, domain.jupyterlab_idle.timeout_minutes) == ("ENABLED", 60)
    assert domain.jupyterlab_idle.longest_timeout_minutes == 120
    assert domain.code_editor_idle is not None
    assert (domain.code_editor_idle.management, domain.code_editor_idle.timeout_minutes) == ("DISABLED", None)
    assert domain.space_jupyterlab_idle == domain.jupyterlab_idle
    ann, bob = graph.into(domain, UserProfile)
    assert (ann.name, bob.name) == (f"{domain_id}/Ann", f"{domain_id}/Bob")
    assert (bob.execution_role, ann.jupyterlab_idle) == (None, None)
    assert (ann.execution_role, bob.jupyterlab_idle) == (domain.execution_role, domain.jupyterlab_idle)
    (space,) = graph.into(domain, Space)
    assert (space.owner, space.sharing, space.app_type) == ("Ann", "Private", "JupyterLab")
    assert (space.jupyterlab_idle_minutes, space.code_editor_idle_minutes) == (90, None)


def test_a_domain_with_nothing_set() -> None:
    domain = answered(
        Domain,
        "d-1",
        DescribeDomain={
            "DomainId": "d-1",
            "DomainName": "lab",
            "Status": "InService",
            "CreationTime": moment(2026, 1, 1).timestamp(),
            "DefaultUserSettings": {},
        },
    )
    assert unobserved(domain) == {"auth_mode", "network_access", "tags"}
    assert (domain.source_identity, domain.identity_propagation) == ("DISABLED", "DISABLED")
    assert [domain.execution_role, domain.jupyterlab_idle, domain.space_jupyterlab_idle, domain.kms_key] == [None] * 4


def test_apps_of_spaces_and_of_profiles(sandbox: Sandbox) -> None:
    """Each is asked for with the one that it belongs to: a parameter without a value would be refused."""
    client = sandbox.client("sagemaker")
    domain_id = client.create_domain(DomainName="lab", AuthMode="IAM", DefaultUserSettings={})["DomainId"]
    client.create_user_profile(DomainId=domain_id, UserProfileName="Ann")
    client.create_space(DomainId=domain_id, SpaceName="Desk")
    client.create_app(
        DomainId=domain_id,
        SpaceName="Desk",
        AppType="JupyterLab",
        AppName="default",
        ResourceSpec={"InstanceType": "ml.t3.medium"},
    )
    client.create_app(DomainId=domain_id, UserProfileName="Ann", AppType="Canvas", AppName="default")
    used = moment(2026, 10, 30, 9)
    sandbox.amend("sagemaker", "App", domain_id, "JupyterLab", "default", LastUserActivityTimestamp=used)
    graph = scanned(sandbox)
    canvas, lab = graph.all(App)
    assert (canvas.name, lab.name) == (f"{domain_id}/Ann/Canvas/default", f"{domain_id}/Desk/JupyterLab/default")
    assert (canvas.user_profile, canvas.space, canvas.instance_type, canvas.last_activity) == ("Ann", None, None, None)
    assert (lab.user_profile, lab.space, lab.instance_type, lab.last_activity) == (None, "Desk", "ml.t3.medium", used)
    assert unobserved(canvas) == unobserved(lab) == set()
    assert sandbox.calls.count("sagemaker:DescribeApp") == 2


def test_tags_where_the_list_tells_no_arn(sandbox: Sandbox) -> None:
    """Tags are asked for by ARN, so the call that tells it is made for them alone."""
    client = sandbox.client("sagemaker")
    domain_id = client.create_domain(DomainName="lab", AuthMode="IAM", DefaultUserSettings={})["DomainId"]
    tags = [{"Key": "persona", "Value": "reviewer"}]
    client.create_user_profile(DomainId=domain_id, UserProfileName="Ann", Tags=tags)
    inventory = Scanner(sandbox, plan([UserProfile.tags]))(regions=("us-east-1",))
    (ann,) = Graph(inventory).all(UserProfile)
    assert ann.tags == {"persona": "reviewer"}


def test_a_lifecycle_configuration_that_is_gone(sandbox: Sandbox) -> None:
    client = sandbox.client("sagemaker")
    client.create_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName="stop")
    client.create_notebook_instance(
        NotebookInstanceName="work", InstanceType="ml.t3.medium", RoleArn=ROLE, LifecycleConfigName="stop"
    )
    client.delete_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName="stop")
    graph = scanned(sandbox)
    (notebook,) = graph.all(NotebookInstance)
    assert isinstance(graph.to(notebook.lifecycle_config), Missing)
