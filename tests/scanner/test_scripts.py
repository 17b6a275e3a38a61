"""Lifecycle scripts: what is seen in them is kept, their text nowhere."""

import base64

import pytest
from scans import Scanner

from mllens.sandbox import Sandbox
from mllens.scanner import Graph
from mllens.scanner.inventory import encode_rows
from mllens.scanner.plan import plan
from mllens.scanner.redact import redact
from mllens.scanner.sagemaker_studio import NotebookInstanceLifecycleConfig
from mllens.scanner.scripts import scripts_seen, seen

STOPPING = """#!/bin/bash
set -e
# aws sagemaker stop-notebook-instance would do it too
export DB_PASSWORD=hunter-two
(crontab -l; echo '*/5 * * * * /usr/bin/python /root/autostop.py --time 3600') | crontab -
"""


def encoded(script: str) -> str:
    return base64.b64encode(script.encode()).decode()


def test_what_a_script_shows() -> None:
    assert seen(encoded(STOPPING)) == {
        "Lines": 5,
        "Stops": ["autostop"],
        "Repeats": ["crontab"],
        "Suspects": [{"Line": 4, "Kind": "named DB_PASSWORD"}],
    }


@pytest.mark.parametrize(
    ("script", "stops"),
    [
        ("aws sagemaker stop-notebook-instance --notebook-instance-name x", ["stop-notebook-instance"]),
        ("client.stop_notebook_instance(NotebookInstanceName=name)", ["stop_notebook_instance"]),
        ("  # autostop.py is for later", []),
        ("pip install pandas", []),
        ("", []),
    ],
)
def test_what_stops_a_notebook(script: str, stops: list[str]) -> None:
    assert seen(encoded(script))["Stops"] == stops


@pytest.mark.parametrize("content", ["not base64!", "/w==", "IyE"])
def test_what_cannot_be_read_is_removed(content: str) -> None:
    assert seen(content) == {"$redacted": "script"}


def test_other_shapes_stay() -> None:
    assert scripts_seen([{"Other": "x"}, {"Content": None}]) == [{"Other": "x"}, {"Content": None}]


def test_no_script_of_an_account_reaches_a_row() -> None:
    on_create = encoded("pip install pandas\necho secret-sauce\n")
    with Sandbox() as sandbox:
        sandbox.client("sagemaker").create_notebook_instance_lifecycle_config(
            NotebookInstanceLifecycleConfigName="stop",
            OnCreate=[{"Content": on_create}],
            OnStart=[{"Content": encoded(STOPPING)}],
        )
        wanted = plan([NotebookInstanceLifecycleConfig.on_create, NotebookInstanceLifecycleConfig.on_start])
        inventory = Scanner(sandbox, wanted)(regions=("us-east-1",))
    kept = b"\n".join(encode_rows(inventory.rows)).decode()
    for text in (on_create, encoded(STOPPING), encoded(STOPPING)[:40], "secret-sauce", "hunter-two", "set -e"):
        assert text not in kept
    (config,) = Graph(inventory).all(NotebookInstanceLifecycleConfig)
    (started,), (created,) = config.on_start, config.on_create
    assert (started.lines, started.stops, started.repeats) == (5, ("autostop",), ("crontab",))
    assert [(s.line, s.kind) for s in started.suspects] == [(4, "named DB_PASSWORD")]
    assert (created.lines, created.stops, created.suspects) == (2, (), ())


@pytest.mark.parametrize("member", ["StudioLifecycleConfigContent", "UserData", "Content"])
def test_scripts_that_no_declaration_names_are_removed_by_their_shape(member: str) -> None:
    """As a pack's own call may answer them."""
    assert redact({"Thing": {member: encoded(STOPPING)}}) == {"Thing": {member: {"$redacted": "script"}}}
