"""The JSON Schema of plan files, for editors and checks outside this program; made from the shape itself."""

import json
from typing import Any

from drs_desktop.files.plan_shapes import FileShape


def plan_schema() -> dict[str, Any]:
    """Return the schema (JSON Schema 2020-12)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **FileShape.model_json_schema(mode="validation"),
        "title": "DRS Desktop plan file",
    }


def plan_schema_text() -> str:
    """Return the schema as it stands in resources/schema/plans.schema.json."""
    return json.dumps(plan_schema(), indent=2, sort_keys=True) + "\n"
