"""The published JSON schema of `assessment.json`, computed from the models."""

import json
from typing import Any, Literal

from pydantic import BaseModel

from mllens.reports.assessment import Assessment

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> str:
    """Give the text of `reports/assessment.schema.json`; every field is required, for we always write it."""
    return schema_of(Assessment, "mllens assessment", "serialization")


def schema_of(model: type[BaseModel], title: str, mode: Literal["validation", "serialization"]) -> str:
    """Give the text of a model's schema: of what is read, or of what is written."""
    generated = _untitled(model.model_json_schema(by_alias=True, mode=mode))
    return json.dumps({"$schema": DIALECT, "title": title, **generated}, indent=2) + "\n"


def _untitled(value: Any) -> Any:
    """Leave out the titles that only repeat names; a property called title is a schema, not a text, and stays."""
    if isinstance(value, dict):
        return {key: _untitled(part) for key, part in value.items() if not (key == "title" and isinstance(part, str))}
    return [_untitled(part) for part in value] if isinstance(value, list) else value
