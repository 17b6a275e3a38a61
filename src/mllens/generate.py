"""Generated files: everything that is computed and committed, in one table."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from mllens.deciding import table
from mllens.lens import build
from mllens.reports.schema import schema, schema_of
from mllens.rules.index import index
from mllens.scanner.plan import everything
from mllens.statements.attestations import Attestation
from mllens.statements.waivers import Waiver

ROOT = Path(__file__).resolve().parents[2]


def read_only_policy() -> str:
    """The least policy that reads everything any collector declares."""
    return json.dumps(everything().policy(), indent=2) + "\n"


GENERATED: Mapping[str, Callable[[], str]] = {
    "lens.json": build,
    "lens/README.md": table,
    "reports/assessment.schema.json": schema,
    "rules/README.md": index,
    "scanner/policy.json": read_only_policy,
    "src/mllens/statements/attestation.schema.json": lambda: schema_of(Attestation, "mllens attestation", "validation"),
    "src/mllens/statements/waiver.schema.json": lambda: schema_of(Waiver, "mllens waiver", "validation"),
}


def write(root: Path = ROOT) -> list[str]:
    """Write what is not current; the paths that changed."""
    changed = []
    for path, make in GENERATED.items():
        text, file = make(), root / path
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")
            changed.append(path)
    return changed
