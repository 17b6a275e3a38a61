import ast
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("lens", "rules", "scanner", "reports")


def modules() -> list[Path]:
    return [f for top in (*FOLDERS, "src") for f in (ROOT / top).rglob("*.py") if not f.is_symlink()]


@pytest.mark.parametrize("folder", FOLDERS)
def test_links_are_links(folder: str) -> None:
    assert (ROOT / "src" / "mllens" / folder).readlink() == Path("../..") / folder


def test_imports_point_one_way() -> None:
    ended = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout


def test_boto3_is_imported_where_calls_are_made_only() -> None:
    allowed = {
        "lens/watool/connection.py",
        "scanner/client.py",
        "scanner/engine.py",
        "scanner/models.py",
        "scanner/shapes.py",
    }
    found = set()
    for file in modules():
        where = file.relative_to(ROOT).as_posix()
        if where.startswith("src/mllens/sandbox/"):
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] in ("boto3", "botocore") for name in names):
                found.add(where)
    assert found == allowed


@pytest.mark.parametrize(
    "package",
    ["mllens.lens", "mllens.lens.watool", "mllens.reports", "mllens.rules", "mllens.scanner", "mllens.sandbox"],
)
def test_what_is_exported_exists(package: str) -> None:
    module = import_module(package)
    assert len(module.__all__) == len(set(module.__all__))
    for name in module.__all__:
        assert getattr(module, name) is not None
