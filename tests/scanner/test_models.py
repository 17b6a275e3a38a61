"""Reading service models lazily: what botocore sees is what stands in the file."""

import gzip
import json

import botocore.exceptions
import pytest

from mllens.scanner.models import Entries, Files, Models
from mllens.scanner.shapes import loader, paging, service_model

MODEL = {
    "version": "2.0",
    "metadata": {"apiVersion": "2026-01-01"},
    "operations": {"ListThings": {"name": "ListThings"}, "GetThing": {"name": "GetThing"}},
    "shapes": {"Thing": {"type": "structure", "members": {"Name": {"shape": "Name"}}}, "Name": {"type": "string"}},
}


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "things" / "2026-01-01"
    folder.mkdir(parents=True)
    (folder / "service-2.json.gz").write_bytes(gzip.compress(json.dumps(MODEL).encode()))
    return Models([str(tmp_path)], Files(), include_default_search_paths=False).load_service_model(
        "things", "service-2"
    )


def test_a_model_reads_as_any_dictionary(model):
    assert model["metadata"] == {"apiVersion": "2026-01-01"}
    assert isinstance(model["shapes"], Entries)
    assert list(model["operations"]) == ["ListThings", "GetThing"]
    assert model["shapes"]["Name"] == {"type": "string"}
    assert model["shapes"].get("Thing")["members"] == {"Name": {"shape": "Name"}}
    assert model["shapes"].get("Nothing", "none") == "none"
    assert [inner["type"] for inner in model["shapes"].values()] == ["structure", "string"]
    assert dict(model["operations"].items()) == {
        "ListThings": {"name": "ListThings"},
        "GetThing": {"name": "GetThing"},
    }


def test_what_extras_merge_into_a_model_is_seen(tmp_path, model):
    merged = {"merge": {"shapes": {"Name": {"max": 63}}}}
    (tmp_path / "things" / "2026-01-01" / "service-2.sdk-extras.json").write_text(json.dumps(merged))
    fresh = Models([str(tmp_path)], Files(), include_default_search_paths=False)
    assert fresh.load_service_model("things", "service-2")["shapes"]["Name"] == {"type": "string", "max": 63}


def test_what_is_not_there_is_refused_as_by_botocore():
    with pytest.raises(botocore.exceptions.UnknownServiceError):
        loader().load_service_model("no-such-service", "service-2")
    with pytest.raises(botocore.exceptions.DataNotFoundError):
        loader().load_service_model("sagemaker", "no-such-type")


def test_a_service_without_paginators_pages_by_its_members():
    assert paging("sts", "GetCallerIdentity") == {}
    assert paging("sagemaker", "ListModels")["output_token"] == "NextToken"


def test_errors_of_a_service_are_found_among_all_shapes():
    assert "ResourceNotFound" in {shape.name for shape in service_model("sagemaker").error_shapes}
