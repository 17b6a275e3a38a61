"""The way to moto: what it implements, how a call reaches it, and its state kept apart for each sandbox."""

from __future__ import annotations

import importlib
import inspect
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from moto.backends import get_backend, list_of_moto_modules
from moto.core.base_backend import BackendDict
from moto.core.exceptions import HTTPException as MotoHTTPException
from moto.core.exceptions import ServiceException
from moto.core.model_instances import reset_model_data
from moto.core.request import Request
from moto.core.resource_tagging import iter_taggable_backends
from moto.core.responses import BaseResponse
from moto.core.utils import camelcase_to_underscores

from mllens.sandbox import freeze, identity
from mllens.sandbox.errors import AwsError
from mllens.sandbox.model import Service
from mllens.sandbox.wire import Reply, Target

# What an unfinished handler of moto raises on input it did not expect, or where a package is missing that moto
# needs for a neighbour.
_CRASHES = (
    KeyError, TypeError, ValueError, AttributeError, IndexError, NotImplementedError, AssertionError, RuntimeError,
    LookupError, OSError, ArithmeticError, ImportError,
)  # fmt: skip
# Handlers that are not named after operations: there the implemented operations cannot be told from the code,
# so what moto lacks is listed (measured by probing moto 5.2.5).
_LACKING: dict[str, frozenset[str]] = {
    "s3": frozenset(
        {
            "CreateBucketMetadataConfiguration",
            "CreateBucketMetadataTableConfiguration",
            "CreateSession",
            "DeleteBucketAnalyticsConfiguration",
            "DeleteBucketIntelligentTieringConfiguration",
            "DeleteBucketInventoryConfiguration",
            "DeleteBucketMetadataConfiguration",
            "DeleteBucketMetadataTableConfiguration",
            "DeleteBucketMetricsConfiguration",
            "DeleteObjectAnnotation",
            "GetBucketAbac",
            "GetBucketAnalyticsConfiguration",
            "GetBucketIntelligentTieringConfiguration",
            "GetBucketMetadataConfiguration",
            "GetBucketMetadataTableConfiguration",
            "GetBucketMetricsConfiguration",
            "GetBucketRequestPayment",
            "GetObjectAnnotation",
            "GetObjectRetention",
            "GetObjectTorrent",
            "ListBucketAnalyticsConfigurations",
            "ListBucketIntelligentTieringConfigurations",
            "ListBucketMetricsConfigurations",
            "ListDirectoryBuckets",
            "ListObjectAnnotations",
            "PutBucketAbac",
            "PutBucketAnalyticsConfiguration",
            "PutBucketIntelligentTieringConfiguration",
            "PutBucketMetricsConfiguration",
            "PutBucketRequestPayment",
            "PutObjectAnnotation",
            "RenameObject",
            "UpdateBucketMetadataAnnotationTableConfiguration",
            "UpdateBucketMetadataInventoryTableConfiguration",
            "UpdateBucketMetadataJournalTableConfiguration",
            "UpdateObjectEncryption",
            "WriteGetObjectResponse",
        }
    ),
    "batch": frozenset(
        {
            "CancelJobs",
            "CreateConsumableResource",
            "CreateQuotaShare",
            "CreateServiceEnvironment",
            "DeleteConsumableResource",
            "DeleteQuotaShare",
            "DeleteServiceEnvironment",
            "DescribeConsumableResource",
            "DescribeQuotaShare",
            "DescribeServiceEnvironments",
            "DescribeServiceJob",
            "GetJobQueueSnapshot",
            "ListConsumableResources",
            "ListJobsByConsumableResource",
            "ListQuotaShares",
            "ListServiceJobs",
            "SubmitServiceJob",
            "TerminateJobs",
            "TerminateServiceJob",
            "TerminateServiceJobs",
            "UpdateConsumableResource",
            "UpdateQuotaShare",
            "UpdateServiceEnvironment",
            "UpdateServiceJob",
        }
    ),
}
_MODULES = {"lambda": "awslambda"}


@cache
def _modules() -> frozenset[str]:
    return frozenset(list_of_moto_modules())


def module_of(service: str) -> str | None:
    """Moto's name for a service, or None when it has no such back end."""
    name = _MODULES.get(service, service.replace("-", ""))
    return name if name in _modules() else None


@cache
def _handlers(module: str) -> frozenset[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # moto's own imports, not our business
        try:
            responses = importlib.import_module(f"moto.{module}.responses")
        except ImportError:
            return frozenset()  # a back end whose own dependencies are not installed: the service model answers alone
    classes = [c for _, c in inspect.getmembers(responses, inspect.isclass) if issubclass(c, BaseResponse)]
    own = {k for c in classes for k in c.__mro__ if k.__module__.startswith("moto.") and ".core" not in k.__module__}
    return frozenset(name for k in own for name in vars(k))


@cache
def covers(service: str, operation: str) -> bool:
    """Whether moto implements an operation."""
    module = module_of(service)
    if module is None:
        return False
    if service in _LACKING:
        return operation not in _LACKING[service]
    return camelcase_to_underscores(operation) in _handlers(module)


@cache
def _routes(module: str) -> tuple[tuple[re.Pattern[str], Callable[..., Any]], ...]:
    backends: Any = get_backend(module)
    account = backends["123456789012"]
    backend = account["us-east-1"] if "us-east-1" in account else account["aws"]
    del backends["123456789012"]
    return tuple((re.compile(url), handler) for url, handler in backend.urls.items())


def backend(service: str, account: str, region: str) -> Any:
    """Moto's state of a service in an account and region; global services keep theirs under `aws`."""
    found: Any = get_backend(module_of(service) or service)
    freeze.freeze_loaded()
    states = found[account]
    return states[region] if region in states else states["aws"]


def in_use(service: str) -> Iterator[tuple[str, str, Any]]:
    """Account, region and state of a service wherever it was used; nothing is made by looking."""
    module = module_of(service)
    for backends in list(BackendDict._instances):  # noqa: SLF001 (moto has no public way)
        if module_of(backends.service_name) == module:
            for account, states in list(backends.items()):
                for region, state in list(states.items()):
                    yield account, region, state


def tagged(account: str, region: str) -> Iterator[Any]:
    """Moto's taggable resources; a back end that breaks while listing them ends its own list only.

    Moto lists buckets in every region, AWS in their own.
    """
    backend("resourcegroupstaggingapi", account, region)
    for found in iter_taggable_backends(account, region):
        rows = iter(found.iter_tagged_resources())
        while True:
            try:
                row = next(rows, None)
            except _CRASHES:
                break
            if row is None:
                break
            if not row.arn.startswith("arn:aws:s3:::") or _lies_in(account, row.arn.rpartition(":")[2], region):
                yield row


def _lies_in(account: str, bucket: str, region: str) -> bool:
    found = backend("s3", account, region).buckets.get(bucket)
    return found is None or str(found.region_name) == region


_PREPARERS: dict[str, Callable[[str, str], None]] = {}


def prepare(service: str) -> Callable[[Callable[[str, str], None]], Callable[[str, str], None]]:
    """Run a function with account and region before moto answers a call of this service."""

    def register(function: Callable[[str, str], None]) -> Callable[[str, str], None]:
        _PREPARERS[service] = function
        return function

    return register


def ask(target: Target, account: str, fingerprint: str) -> Reply:
    """Let moto answer a request; what breaks inside moto becomes a 500 that says so."""
    request: Request = target.request
    request.environ["HTTP_X_MOTO_ACCOUNT_ID"] = account
    handler = _handler(target.service, request)
    if target.service.name in _PREPARERS:
        freeze.roll(identity.digest(target.service.name, account))
        _PREPARERS[target.service.name](account, target.region)
    freeze.freeze_loaded()
    freeze.roll(fingerprint)
    try:
        status, headers, body = handler(request, request.raw_url, request.headers)
    except MotoHTTPException as error:
        status, headers, body = error.code, dict(error.get_headers()), error.get_body()
    except ServiceException as error:
        raise AwsError(error.code, error.message) from error
    except _CRASHES as error:
        message = f"moto fails on {target.service.name}:{target.operation}: {type(error).__name__}: {error}"
        raise AwsError("InternalFailure", message, 500) from error
    content = body if isinstance(body, bytes) else str(body or "").encode()
    return Reply(int(status), {str(n): str(v) for n, v in dict(headers).items()}, content)


def _handler(service: Service, request: Request) -> Callable[..., Any]:
    module = module_of(service.name)
    url = request.raw_url.split("?")[0]
    for pattern, handler in _routes(module) if module else ():
        if pattern.match(url):
            return handler
    raise AwsError("NotImplemented", f"moto serves no {service.name} at {url}.", 501)


def _loaded(name: str) -> Any:
    """A module that somebody loaded, or None; also while another thread is loading it."""
    module = sys.modules.get(name)
    return None if module is None or freeze.is_loading(module) else module


def _bucket_owners() -> dict[str, Any]:
    """Who owns which bucket name: moto keeps it beside its back ends."""
    loaded = _loaded("moto.s3.models")
    return loaded.s3_backends.bucket_accounts if loaded else {}


def bucket_owner(name: str) -> str | None:
    """The account that has a bucket of this name, or None."""
    found = _bucket_owners().get(name)
    return str(found[1]) if found else None


def image_digest(account: str, region: str, repository: str, tag: str) -> str | None:
    """The digest of an image of the account's own, or None; ECR is not loaded for it."""
    loaded = _loaded("moto.ecr.models")
    held = loaded.ecr_backends[account][region].repositories.get(repository) if loaded else None
    found = next((image for image in held.images if tag in image.image_tags), None) if held else None
    return str(found.get_image_digest()) if found else None


def owner_of(access_key: str) -> str | None:
    """The account whose IAM user or role got this access key from moto, or None."""
    loaded = _loaded("moto.iam.models")
    for account, states in list(loaded.iam_backends.items()) if loaded else ():
        if any(access_key in state.access_keys for state in states.values()):
            return str(account)
    return None


class Estate:
    """Moto's whole state, put aside on `open` and put back on `close`: sandboxes can be nested."""

    def __init__(self) -> None:
        self._kept: list[tuple[Any, dict[str, Any]]] = []
        self._buckets: dict[str, Any] = {}

    def open(self) -> None:
        """Begin with empty back ends."""
        self._kept = [(backends, dict(backends)) for backends in BackendDict._instances]  # noqa: SLF001 (moto has no public way)
        for backends, _ in self._kept:
            backends.clear()
        owners = _bucket_owners()
        self._buckets = dict(owners)
        owners.clear()
        BackendDict._instances.clear()  # noqa: SLF001

    def close(self) -> None:
        """Forget what was done since `open` and bring back what was before."""
        BackendDict.reset()
        owners = _bucket_owners()
        owners.clear()
        owners.update(self._buckets)
        if not self._kept:
            reset_model_data()
        for backends, states in self._kept:
            backends.update(states)
            BackendDict._instances.append(backends)  # noqa: SLF001
        self._kept = []
