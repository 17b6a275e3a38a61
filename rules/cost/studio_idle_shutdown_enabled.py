"""Studio domains whose apps run on when nobody uses them."""

from collections.abc import Iterator
from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.scanner import Graph, Missing, Ref
from mllens.scanner.sagemaker_studio import AppType, Domain, IdleSettings, Space, UserProfile


@rule(
    severity="medium",
    proves=("MLCOST04_BP08", "MLSUS03_BP01"),
    supports=("MLCOST03_BP02",),
    reads=(
        *(Domain.jupyterlab_idle, Domain.code_editor_idle, Domain.space_jupyterlab_idle),
        *(Space.domain, Space.app_type, Space.sharing, Space.owner),
        *(Space.jupyterlab_idle_minutes, Space.code_editor_idle_minutes),
        *(UserProfile, UserProfile.jupyterlab_idle, UserProfile.code_editor_idle),
    ),
)
def studio_idle_shutdown_enabled(domain: Domain, graph: Graph, *, minutes: int = 24 * 60) -> Verdict:
    """The JupyterLab and Code Editor apps of a Studio domain must shut down when they are idle.

    An app runs on, and bills, when its browser tab is closed. What counts is what is in force for each space: its
    own time if it has one, then that of its owner's profile, then the domain's. A time longer than a day (`minutes`)
    shuts nothing down overnight.
    """
    judged = False
    for space in graph.into(domain, Space):
        if space.app_type not in {"JupyterLab", "CodeEditor"}:
            continue
        judged = True
        settings, whose = _in_force(domain, space, graph)
        if settings is None:
            return Fail(f"sets no idle shutdown for {space.app_type}, as in the space {_of(space)}; {_REMEDY}")
        if settings.management != "ENABLED":
            return Fail(f"has idle shutdown turned off for the space {_of(space)} by {whose}; {_REMEDY}")
        own = space.jupyterlab_idle_minutes if space.app_type == "JupyterLab" else space.code_editor_idle_minutes
        limit = own or settings.timeout_minutes
        if limit is not None and limit > minutes:
            return Fail(f"lets the space {_of(space)} idle for {limit} minutes; set {minutes} or less")
    return Pass() if judged else NotApplicable("has no space for JupyterLab or Code Editor")


_REMEDY = "turn LifecycleManagement on in the IdleSettings of the domain"


def _of(space: Space) -> str:
    return space.name.rpartition("/")[2]


def _in_force(domain: Domain, space: Space, graph: Graph) -> tuple[IdleSettings | None, str]:
    """The nearest settings that turn shutdown on or off, and whose they are."""
    for settings, whose in _levels(domain, space, graph):
        if settings is not None and settings.management is not None:
            return settings, whose
    return None, ""


def _levels(domain: Domain, space: Space, graph: Graph) -> Iterator[tuple[IdleSettings | None, str]]:
    """The settings that may be in force for a space, nearest first; shared spaces belong to the domain."""
    lab = space.app_type == "JupyterLab"
    if space.sharing != "Shared" and space.owner is not None:
        owner = graph.to(Ref(UserProfile, f"{domain.name}/{space.owner}", domain.account, domain.region))
        if not isinstance(owner, Missing):
            yield owner.jupyterlab_idle if lab else owner.code_editor_idle, f"the profile of {space.owner}"
    elif lab:
        yield domain.space_jupyterlab_idle, "the domain's settings for shared spaces"
        return
    yield domain.jupyterlab_idle if lab else domain.code_editor_idle, "the domain"


_ON = IdleSettings(management="ENABLED", timeout_minutes=60)
_OFF = IdleSettings(management="DISABLED")


def _domain(lab: IdleSettings | None = None, editor: IdleSettings | None = None, **more: Any) -> Domain:
    return Domain(name="d-1", jupyterlab_idle=lab, code_editor_idle=editor, **{"space_jupyterlab_idle": None, **more})


def _space(app_type: AppType | None = "JupyterLab", *, shared: bool = False, own: int | None = None) -> Space:
    return Space(
        name="d-1/features",
        domain=Ref(Domain, "d-1"),
        app_type=app_type,
        sharing="Shared" if shared else "Private",
        owner="risk",
        jupyterlab_idle_minutes=own,
        code_editor_idle_minutes=own,
    )


def _profile(idle: IdleSettings | None = None) -> UserProfile:
    return UserProfile(name="d-1/risk", jupyterlab_idle=idle, code_editor_idle=idle)


studio_idle_shutdown_enabled.cases(
    passes=[
        case(_domain(_ON), _space(), _profile()),
        case(_domain(_ON), _space()),
        case(_domain(_OFF), _space(), _profile(_ON)),
        case(_domain(_OFF, _ON), _space("CodeEditor"), _profile(IdleSettings(timeout_minutes=30))),
        case(_domain(_ON), _space(own=120), _profile()),
        case(_domain(space_jupyterlab_idle=_ON), _space(shared=True)),
        case(_domain(editor=_ON), _space("CodeEditor", shared=True)),
    ],
    fails=[
        case(_domain(), _space(), _profile()),
        case(_domain(_ON), _space("CodeEditor"), _profile()),
        case(_domain(_ON), _space(), _profile(_OFF)),
        case(_domain(_ON), _space(shared=True)),
        case(_domain(), _space(own=60), _profile()),
        case(_domain(_ON), _space(own=10_000), _profile()),
        case(_domain(_ON), _space(), _profile(), minutes=30),
    ],
    unknown=[
        case(_domain(_ON), Space(name="d-1/features", domain=Ref(Domain, "d-1"))),
        case(_domain(_ON), _space(), unread=[UserProfile]),
        case(_domain(_ON), _space(), _profile(), unread=[Space]),
        case(Domain(name="d-1"), _space(), _profile()),
    ],
    not_applicable=[_domain(), case(_domain(), _space(None))],
)
