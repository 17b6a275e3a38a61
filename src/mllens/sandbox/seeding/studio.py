"""Where people work: notebook instances with their scripts, Studio domains with profiles, spaces and apps."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mllens.sandbox.seeding.account import NETWORKS, START, Account, tags

STOPS = "#!/bin/bash\nset -e\n(crontab -l 2>/dev/null; echo '*/5 * * * * /usr/bin/python3 /opt/autostop.py --time 3600') | crontab -\n"


@dataclass(frozen=True, kw_only=True)
class Script:
    """A lifecycle configuration of notebook instances: what runs whenever one starts."""

    name: str
    region: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Notebook:
    """A notebook instance; a closed one is in the account's network, away from the internet, and without root.

    One that is `in_network` only still has its own way to the internet.
    """

    name: str
    region: str
    role: str
    created: datetime
    closed: bool = False
    in_network: bool = False
    key: str | None = None
    script: str | None = None
    platform: str = "notebook-al2023-v1"
    instance_type: str = "ml.t3.medium"
    status: str = "InService"
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Space:
    """A space of one person or shared, its app, and when somebody last did something there."""

    name: str
    owner: str
    app: str | None = None
    instance_type: str = "ml.t3.medium"
    used: datetime | None = None
    shared: bool = False
    idle: int | None = None


@dataclass(frozen=True, kw_only=True)
class Domain:
    """A Studio domain; `idle` is after how many minutes its apps are shut down. Profiles are people and their roles."""

    name: str
    region: str
    role: str
    created: datetime
    profiles: Mapping[str, str | None]
    spaces: tuple[Space, ...] = ()
    idle: int | None = None
    in_network: bool = False
    key: str | None = None
    auth: str = "IAM"
    tags: Mapping[str, str] = field(default_factory=dict)


def make_script(account: Account, script: Script) -> None:
    """A configuration with one script."""
    content = base64.b64encode(script.text.encode()).decode()
    account.sagemaker(
        START, script.region, "create_notebook_instance_lifecycle_config",
        NotebookInstanceLifecycleConfigName=script.name, OnStart=[{"Content": content}],
    )  # fmt: skip


def make_notebook(account: Account, notebook: Notebook) -> None:
    """A notebook instance."""
    closed: dict[str, Any] = {}
    if notebook.closed or notebook.in_network:
        network = NETWORKS[notebook.region]
        closed = {"SubnetId": network["Subnets"][0], "SecurityGroupIds": network["SecurityGroupIds"]}
    if notebook.closed:
        closed |= {
            "DirectInternetAccess": "Disabled", "RootAccess": "Disabled",
            "InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": "2"},
        }  # fmt: skip
    account.sagemaker(
        notebook.created, notebook.region, "create_notebook_instance", NotebookInstanceName=notebook.name,
        InstanceType=notebook.instance_type, RoleArn=account.role(notebook.role), PlatformIdentifier=notebook.platform,
        Tags=tags(notebook.tags), **closed, **account.encrypted(notebook.region, notebook.key, "KmsKeyId"),
        **({"LifecycleConfigName": notebook.script} if notebook.script else {}),
    )  # fmt: skip
    if notebook.status != "InService":
        account.sandbox.amend(
            "sagemaker",
            "NotebookInstance",
            notebook.name,
            region=notebook.region,
            NotebookInstanceStatus=notebook.status,
        )


def _apps(idle: int | None) -> dict[str, Any]:
    if idle is None:
        return {}
    settings = {"LifecycleManagement": "ENABLED", "IdleTimeoutInMinutes": idle, "MaxIdleTimeoutInMinutes": 2 * idle}
    managed = {"AppLifecycleManagement": {"IdleSettings": settings}}
    return {"JupyterLabAppSettings": managed, "CodeEditorAppSettings": managed}


def make_domain(account: Account, domain: Domain) -> None:
    """A domain with all that is in it."""
    network, role = NETWORKS[domain.region], account.role(domain.role)

    def ask(operation: str, **parameters: Any) -> Any:
        return account.sagemaker(domain.created, domain.region, operation, **parameters)

    apps = _apps(domain.idle)
    lab = {"JupyterLabAppSettings": apps["JupyterLabAppSettings"]} if apps else {}
    made = ask(
        "create_domain", DomainName=domain.name, AuthMode=domain.auth, VpcId="vpc-0c3a5d7e9f1b2c4d6",
        SubnetIds=network["Subnets"], AppNetworkAccessType="VpcOnly" if domain.in_network else "PublicInternetOnly",
        DefaultUserSettings={"ExecutionRole": role, **apps}, DefaultSpaceSettings={"ExecutionRole": role, **lab},
        Tags=tags(domain.tags), **account.encrypted(domain.region, domain.key, "KmsKeyId"),
    )  # fmt: skip
    id_ = made["DomainId"]
    for name, own in domain.profiles.items():
        settings = {"UserSettings": {"ExecutionRole": account.role(own)}} if own else {}
        ask("create_user_profile", DomainId=id_, UserProfileName=name, **settings)
    for space in domain.spaces:
        kind = {} if space.app is None else {"AppType": space.app}
        idle: dict[str, Any] = {}
        if space.idle and space.app == "JupyterLab":
            own_idle = {"AppLifecycleManagement": {"IdleSettings": {"IdleTimeoutInMinutes": space.idle}}}
            idle = {"JupyterLabAppSettings": own_idle}
        ask(
            "create_space", DomainId=id_, SpaceName=space.name, SpaceSettings={**kind, **idle},
            OwnershipSettings={"OwnerUserProfileName": space.owner},
            SpaceSharingSettings={"SharingType": "Shared" if space.shared else "Private"},
        )  # fmt: skip
        if space.app is not None:
            ask(
                "create_app", DomainId=id_, SpaceName=space.name, AppType=space.app, AppName=space.name,
                ResourceSpec={"InstanceType": space.instance_type},
            )  # fmt: skip
            if space.used:
                key = (id_, space.app, space.name)
                account.sandbox.amend(
                    "sagemaker", "App", *key, region=domain.region, LastUserActivityTimestamp=space.used
                )
