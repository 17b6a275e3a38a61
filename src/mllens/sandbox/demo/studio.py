"""Where the demo's people work."""

from __future__ import annotations

from mllens.sandbox.demo.texts import COLOURS, FORMULA
from mllens.sandbox.seeding.account import EU, US, Account, day
from mllens.sandbox.seeding.studio import (
    STOPS,
    Domain,
    Notebook,
    Script,
    Space,
    make_domain,
    make_notebook,
    make_script,
)

SCRIPTS = (
    Script(name="stop-when-idle", region=US, text=STOPS),
    Script(
        name="install-tools",
        region=US,
        text=f"#!/bin/bash\n# {COLOURS}\npip install shap\nexport DB_PASSWORD=not-a-real-one\n",
    ),
)

NOTEBOOKS = (
    Notebook(
        name="fraud-analysis",
        region=US,
        role="meridian-studio",
        created=day(3, 9),
        closed=True,
        key="meridian-ml",
        script="stop-when-idle",
    ),
    Notebook(
        name="claims-exploration",
        region=US,
        role="meridian-claims-datascience",
        created=day(4, 1),
        script="install-tools",
        platform="notebook-al1-v1",
        instance_type="ml.p3.2xlarge",
        tags={"owner": "claims", "note": FORMULA},
    ),
    Notebook(
        name="churn-2023",
        region=US,
        role="meridian-claims-datascience",
        created=day(1, 8),
        platform="notebook-al2-v1",
        in_network=True,
        key="meridian-legacy",
        status="Stopped",
    ),
    Notebook(name="lapse-analysis", region=EU, role="meridian-claims-datascience", created=day(1, 8)),
)

DOMAINS = (
    Domain(
        name="meridian-ml",
        region=US,
        role="meridian-studio",
        created=day(1, 15),
        idle=60,
        in_network=True,
        key="meridian-ml",
        auth="SSO",
        tags={"owner": "ml-platform"},
        profiles={"risk-analyst": "meridian-studio", "reviewer": None},
        spaces=(
            Space(name="fraud-features", owner="risk-analyst", app="JupyterLab", used=day(11, 1, 10)),
            Space(name="reviews", owner="reviewer", app="CodeEditor", used=day(10, 31, 16), shared=True),
        ),
    ),
    Domain(
        name="claims-lab",
        region=US,
        role="meridian-studio-trial",
        created=day(4, 3),
        profiles={"data-scientist": "meridian-claims-datascience", "intern": "meridian-studio-trial"},
        spaces=(
            Space(name="triage", owner="data-scientist", app="JupyterLab", instance_type="ml.g5.4xlarge", used=day(9, 14)),
            Space(name="scratch", owner="intern", app="JupyterLab", used=day(8, 2)),
        ),
    ),
    Domain(
        name="pricing-lab", region=EU, role="meridian-studio", created=day(2, 25), idle=90, in_network=True, key="meridian-ml",
        profiles={"actuary": None}, spaces=(Space(name="premiums", owner="actuary", app="JupyterLab", used=day(11, 1, 9)),),
    ),
)  # fmt: skip


def fill(account: Account) -> None:
    """Notebooks and Studio."""
    for script in SCRIPTS:
        make_script(account, script)
    for notebook in NOTEBOOKS:
        make_notebook(account, notebook)
    for domain in DOMAINS:
        make_domain(account, domain)
