import boto3
import pytest
from botocore.config import Config

from mllens.sandbox import Sandbox

NO_RETRIES = Config(retries={"total_max_attempts": 1})


@pytest.fixture
def sandbox():
    with Sandbox() as made:
        yield made


@pytest.fixture
def sagemaker(sandbox):
    return sandbox.client("sagemaker")


@pytest.fixture(params=["in process", "http"])
def client(request, sandbox):
    """Makes clients that do not retry, over one tap and over the other."""
    made = {}

    def make(name, **more):
        key = (name, *more.values())
        if key not in made:
            made[key] = boto3.client(name, "us-east-1", config=NO_RETRIES, **address, **more)
        return made[key]

    if request.param == "in process":
        address = {}
        yield make
    else:
        with sandbox.serve() as url:
            address = {"endpoint_url": url}
            yield make
