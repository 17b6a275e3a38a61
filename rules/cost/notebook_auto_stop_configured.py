"""Notebook instances that nobody stops."""

from datetime import UTC, datetime, timedelta
from typing import Literal

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.sagemaker_studio import NotebookInstance, NotebookInstanceLifecycleConfig, Script


@rule(
    severity="medium",
    proves=("MLCOST04_BP08", "MLSUS03_BP01"),
    reads=(
        *(NotebookInstance.status, NotebookInstance.last_modified, NotebookInstance.lifecycle_config),
        NotebookInstanceLifecycleConfig,
        *(NotebookInstanceLifecycleConfig.on_start, NotebookInstanceLifecycleConfig.on_create),
    ),
)
def notebook_auto_stop_configured(notebook: NotebookInstance, graph: Graph, *, hours: int = 24) -> Verdict:
    """A running notebook instance must have a start script that stops it when it is idle.

    A notebook that was left open on Friday bills until somebody notices. Any lifecycle configuration is not enough: the
    script that runs at each start must look again and again, and stop the instance. Something outside may do it as
    well: then no notebook runs for longer than a day (`hours`), and nothing is held against one that has not.
    """
    if notebook.status not in {"InService", "Updating"}:
        return NotApplicable(f"does not run ({notebook.status})")
    since = f"{notebook.last_modified:%Y-%m-%d}"
    lasts = notebook.last_modified < graph.now - timedelta(hours=hours)
    config = graph.to(notebook.lifecycle_config)
    if config is None or isinstance(config, Missing):
        if not lasts:
            raise Unobserved(
                notebook.name, f"it was started on {since}; whether something outside stops it shows later"
            )
        named = f"its lifecycle configuration {config.key.name} no longer exists" if config else "no script stops it"
        return Fail(f"runs since {since}, and {named}; give it a start script that stops it when idle")
    if any(_stops(script) for script in config.on_start):
        return Pass()
    if not config.on_start and not config.on_create:
        return Fail(
            f"has a lifecycle configuration, {config.name}, without scripts; give it one that stops it when idle"
        )
    raise Unobserved(config.name, "whether its scripts stop an idle notebook cannot be told from what is known of them")


def _stops(script: Script) -> bool:
    return bool(script.stops) and bool(script.repeats)


def _notebook(
    *, script: bool = True, day: int = 1, status: Literal["InService", "Stopped", "Pending"] = "InService"
) -> NotebookInstance:
    config = Ref(NotebookInstanceLifecycleConfig, "auto-stop") if script else None
    started = datetime(2026, 10 if day > 1 else 11, day, 6, tzinfo=UTC)
    return NotebookInstance(status=status, last_modified=started, lifecycle_config=config)


def _config(*on_start: Script, on_create: tuple[Script, ...] = ()) -> NotebookInstanceLifecycleConfig:
    return NotebookInstanceLifecycleConfig(name="auto-stop", on_start=on_start, on_create=on_create)


_AUTO_STOP = Script(lines=9, stops=("autostop",), repeats=("crontab",), suspects=())
_ONCE = Script(lines=3, stops=("stop-notebook-instance",), repeats=(), suspects=())
_INSTALLS = Script(lines=3, stops=(), repeats=(), suspects=())

notebook_auto_stop_configured.cases(
    passes=[
        case(_notebook(), _config(_AUTO_STOP)),
        case(_notebook(day=2), _config(_INSTALLS, _AUTO_STOP)),
    ],
    fails=[
        _notebook(script=False, day=20),
        case(_notebook(day=20), _config()),
        _notebook(day=20),
        case(_notebook(script=False), hours=2),
    ],
    unknown=[
        NotebookInstance(),
        _notebook(script=False),
        case(_notebook(day=20), unread=[NotebookInstanceLifecycleConfig]),
        case(_notebook(day=20), NotebookInstanceLifecycleConfig(name="auto-stop")),
        case(_notebook(day=20), _config(_INSTALLS)),
        case(_notebook(day=20), _config(_ONCE)),
        case(_notebook(day=20), _config(on_create=(_AUTO_STOP,))),
    ],
    not_applicable=[_notebook(status="Stopped", script=False, day=20), _notebook(status="Pending")],
)
