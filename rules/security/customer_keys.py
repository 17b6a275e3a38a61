"""Stores whose encryption key is the customer's own choice: notebooks, feature stores, captured traffic, reviews."""

from collections.abc import Callable
from typing import Literal

from mllens.rules import Fail, NotApplicable, Pass, Rule, Verdict, case, rule
from mllens.scanner import Graph, Missing, Ref
from mllens.scanner.kms import Key
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import CaptureSettings, Endpoint, EndpointConfig
from mllens.scanner.sagemaker_features import FeatureGroup
from mllens.scanner.sagemaker_review import FlowDefinition
from mllens.scanner.sagemaker_studio import NotebookInstance

HARM = """AWS encrypts in any case, with a key that AWS chose where none is named.

Who may use that key, how often it changes and when it can be taken away is then AWS's choice; with a customer managed
key it is the customer's, and each use of it is in the customer's own log."""


def keyed(
    name: str, norm: str, judge: Callable[..., Verdict], *reads: object, proves: tuple[str, ...], also: str = ""
) -> Rule:
    """The rule for one kind of store."""
    judge.__doc__ = f"{norm}\n\n{HARM} {also}"
    supports = tuple(p for p in ("MLRAI03_BP03", "MLRAI03_BP05") if p not in proves)
    return rule(severity="medium", proves=proves, supports=supports, reads=reads, name=name)(judge)


def by_customer(key: Ref[Key] | None, graph: Graph, what: str, remedy: str) -> Verdict:
    """Whether the key that is named is a customer managed one; KMS itself says that, not the name."""
    if key is None:
        return Fail(f"{what} a key that AWS chose; {remedy}")
    found = graph.to(key)
    if isinstance(found, Missing):
        return Fail(f"{what} {key.value}, which does not exist; {remedy}")
    match found.manager:
        case "CUSTOMER":
            return Pass()
        case "AWS":
            return Fail(f"{what} {key.value}, which AWS manages; {remedy}")


def _notebook(notebook: NotebookInstance, graph: Graph) -> Verdict:
    if notebook.status == "Deleting":
        return NotApplicable("is being deleted")
    return by_customer(
        notebook.kms_key, graph, "has its volume under", "create it anew with a customer managed key as KmsKeyId"
    )


def _offline(group: FeatureGroup) -> Verdict:
    if group.status == "Deleting":
        return NotApplicable("is being deleted")
    if group.offline_bucket is None:
        return NotApplicable("has no offline store")
    if group.offline_kms_key is None:
        return Fail(
            "names no key for its offline store; create it anew with OfflineStoreConfig.S3StorageConfig.KmsKeyId"
        )
    return Pass()


def _online(group: FeatureGroup) -> Verdict:
    if group.status == "Deleting":
        return NotApplicable("is being deleted")
    if not group.online:
        return NotApplicable("has no online store")
    if group.online_storage == "InMemory":
        return NotApplicable("keeps its online store in memory, which is encrypted otherwise")
    if group.online_kms_key is None:
        return Fail("names no key for its online store; create it anew with OnlineStoreConfig.SecurityConfig.KmsKeyId")
    return Pass()


def _review(flow: FlowDefinition, graph: Graph) -> Verdict:
    if flow.status != "Active":
        return NotApplicable(f"is {flow.status.lower()}")
    return by_customer(
        flow.kms_key,
        graph,
        "writes verdicts under",
        "create it anew with a customer managed key in OutputConfig.KmsKeyId",
    )


def _capture(config: EndpointConfig, graph: Graph) -> Verdict:
    capture = config.capture
    if capture is None or not capture.enabled:
        return NotApplicable("captures nothing")
    if not any(True for _ in graph.into(config, Endpoint)):
        return NotApplicable("is used by no endpoint")
    if capture.kms_key is not None:
        return by_customer(capture.kms_key, graph, "captures under", CAPTURE_REMEDY)
    bucket = graph.to(capture.bucket)
    if isinstance(bucket, Missing):
        return Fail(f"captures into {bucket.key.name}, a bucket that does not exist; name one that does")
    under = f"captures into {bucket.name}, under"
    if set(bucket.encryption) <= {"AES256"} or not bucket.kms_keys:
        return Fail(f"{under} a key that AWS chose; {CAPTURE_REMEDY}")
    return by_customer(bucket.kms_keys[0], graph, under, CAPTURE_REMEDY)


CAPTURE_REMEDY = "name a customer managed key in DataCaptureConfig.KmsKeyId of a new configuration, or at the bucket"

notebook_storage = keyed(
    "notebook-storage-customer-managed-key",
    "The volume of a notebook instance must be under a customer managed key.",
    _notebook,
    *(NotebookInstance.status, NotebookInstance.kms_key, Key, Key.manager),
    proves=("MLSEC02_BP01", "MLRAI03_BP03"),
    also="The key of a notebook cannot be changed.",
)
feature_offline = keyed(
    "feature-offline-store-key",
    "An offline feature store must name a KMS key.",
    _offline,
    *(FeatureGroup.status, FeatureGroup.offline_bucket, FeatureGroup.offline_kms_key),
    proves=("MLSEC02_BP01",),
    also="Any key counts here, and the bucket's own encryption does not: the feature store does not go by it.",
)
feature_online = keyed(
    "feature-online-store-key",
    "A standard online feature store must name a KMS key.",
    _online,
    *(FeatureGroup.status, FeatureGroup.online, FeatureGroup.online_storage, FeatureGroup.online_kms_key),
    proves=("MLSEC02_BP01",),
    also="Any key counts here. Stores in memory are not judged.",
)
capture_key = keyed(
    "capture-key",
    "Captured requests and answers must be under a customer managed key.",
    _capture,
    *(EndpointConfig.capture, Endpoint.config, Bucket, Bucket.encryption, Bucket.kms_keys, Key, Key.manager),
    proves=("MLSEC02_BP01", "MLRAI03_BP03"),
    also="A key that the bucket applies by default counts.",
)
review_output = keyed(
    "a2i-flow-output-key",
    "The verdicts of human reviews must be under a customer managed key.",
    _review,
    *(FlowDefinition.status, FlowDefinition.kms_key, Key, Key.manager),
    proves=("MLSEC02_BP01", "MLRAI03_BP03"),
    also="They hold what was predicted about people and what others thought of it.",
)

_ARN = "arn:aws:kms:us-east-1:111122223333:key/ml"
_KEY = Ref(Key, _ARN)
_ALIAS = Ref(Key, "alias/aws/sagemaker-like")
_OWN, _AWS = Key(name="ml", manager="CUSTOMER"), Key(name="ml", manager="AWS")

notebook_storage.cases(
    passes=[
        case(NotebookInstance(status="InService", kms_key=_KEY), _OWN),
        case(
            NotebookInstance(status="Stopped", kms_key=_ALIAS), Key(name="alias/aws/sagemaker-like", manager="CUSTOMER")
        ),
    ],
    fails=[
        NotebookInstance(status="InService", kms_key=None),
        case(NotebookInstance(status="InService", kms_key=_KEY), _AWS),
        NotebookInstance(status="InService", kms_key=_KEY),
    ],
    unknown=[
        NotebookInstance(),
        case(NotebookInstance(status="InService", kms_key=_KEY), Key(name="ml")),
        case(NotebookInstance(status="InService", kms_key=_KEY), unread=[Key]),
    ],
    not_applicable=[NotebookInstance(status="Deleting")],
)
_STORED = Ref(Bucket, "s3://features/offline")
feature_offline.cases(
    passes=[FeatureGroup(status="Created", offline_bucket=_STORED, offline_kms_key=_KEY)],
    fails=[FeatureGroup(status="Created", offline_bucket=_STORED, offline_kms_key=None)],
    unknown=[FeatureGroup(), FeatureGroup(status="Created")],
    not_applicable=[FeatureGroup(status="Created", offline_bucket=None), FeatureGroup(status="Deleting")],
)
feature_online.cases(
    passes=[FeatureGroup(status="Created", online=True, online_storage="Standard", online_kms_key=_KEY)],
    fails=[
        FeatureGroup(status="Created", online=True, online_storage=None, online_kms_key=None),
        FeatureGroup(status="Created", online=True, online_storage="Standard_V2", online_kms_key=None),
    ],
    unknown=[FeatureGroup(), FeatureGroup(status="Created")],
    not_applicable=[
        FeatureGroup(status="Created", online=False),
        FeatureGroup(status="Created", online=True, online_storage="InMemory", online_kms_key=None),
        FeatureGroup(status="Deleting"),
    ],
)
review_output.cases(
    passes=[case(FlowDefinition(status="Active", kms_key=_KEY), _OWN)],
    fails=[
        FlowDefinition(status="Active", kms_key=None),
        case(FlowDefinition(status="Active", kms_key=_KEY), _AWS),
        FlowDefinition(status="Active", kms_key=_KEY),
    ],
    unknown=[
        FlowDefinition(status="Active"),
        case(FlowDefinition(status="Active", kms_key=_KEY), Key(name="ml")),
        case(FlowDefinition(status="Active", kms_key=_KEY), unread=[Key]),
    ],
    not_applicable=[FlowDefinition(status="Deleting"), FlowDefinition(status="Failed")],
)


def _config(key: Ref[Key] | None = None, *, enabled: bool = True) -> EndpointConfig:
    settings = CaptureSettings(enabled=enabled, sampling=100, bucket=Ref(Bucket, "s3://captured/churn"), kms_key=key)
    return EndpointConfig(name="current", capture=settings)


def _bucket(algorithm: Literal["AES256", "aws:kms", "aws:kms:dsse"], *keys: Ref[Key]) -> Bucket:
    return Bucket(name="captured", encryption=(algorithm,), kms_keys=keys)


_LIVE = Endpoint(name="churn", config=Ref(EndpointConfig, "current"))
capture_key.cases(
    passes=[case(_config(_KEY), _LIVE, _OWN), case(_config(), _LIVE, _bucket("aws:kms", _KEY), _OWN)],
    fails=[
        case(_config(_KEY), _LIVE, _AWS),
        case(_config(), _LIVE, _bucket("AES256")),
        case(_config(), _LIVE, _bucket("aws:kms")),
        case(_config(), _LIVE, _bucket("aws:kms:dsse", _KEY), _AWS),
        case(_config(), _LIVE),
    ],
    unknown=[
        EndpointConfig(),
        case(_config(), _LIVE, Bucket(name="captured")),
        case(_config(_KEY), _LIVE, unread=[Key]),
        case(_config(_KEY), _OWN, unread=[Endpoint]),
    ],
    not_applicable=[EndpointConfig(capture=None), case(_config(enabled=False), _LIVE), case(_config(_KEY), _OWN)],
)
