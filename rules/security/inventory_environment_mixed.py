"""Development and production in one account."""

from collections.abc import Iterable

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.stage import PRODUCTION, stage
from mllens.scanner import Account, Graph, Unobserved
from mllens.scanner.sagemaker import Endpoint


@rule(
    severity="medium",
    confidence="medium",
    proves=("MLSEC04_BP01",),
    supports=("MLOPS06_BP01",),
    reads=(Endpoint, Endpoint.tags),
)
def inventory_environment_mixed(account: Account, graph: Graph, *, production: Iterable[str] = PRODUCTION) -> Verdict:
    """An account must not hold production endpoints together with others.

    In one account, whoever may experiment can often reach what serves customers, and quotas are shared. Only
    endpoints whose tags or names say what they are count. A sole account, with permissions that part the two, may be
    the right start for a small team.
    """
    words = tuple(production)
    first: dict[bool, str] = {}
    unmarked = ""
    for endpoint in graph.all(Endpoint, within=account):
        where = stage(endpoint, words)
        if not where.marked:
            unmarked = unmarked or endpoint.name
            continue
        first.setdefault(where.production, f"{endpoint.name} ({where.assumed})")
        if len(first) == 2:
            return Fail(f"holds {first[True]} beside {first[False]}; give production an account of its own")
    if unmarked:
        raise Unobserved(unmarked, "neither tags nor name say whether it is production; tag it environment=...")
    return Pass() if first else NotApplicable("holds no endpoint")


_ACCOUNT = Account(name="111122223333")
_PROD = Endpoint(name="fraud-prod", tags={})

inventory_environment_mixed.cases(
    passes=[
        case(_ACCOUNT, _PROD, Endpoint(name="churn", tags={"env": "prod"})),
        case(_ACCOUNT, Endpoint(name="fraud-dev", tags={}), Endpoint(name="churn-test", tags={})),
        case(_ACCOUNT, _PROD, Endpoint(name="fraud-dev", account="444455556666", tags={})),
    ],
    fails=[
        case(_ACCOUNT, _PROD, Endpoint(name="fraud-dev", tags={}), unread=[Endpoint]),
        case(_ACCOUNT, _PROD, Endpoint(name="churn", region="eu-west-1", tags={"Stage": "non-prod"})),
        case(
            _ACCOUNT, Endpoint(name="fraud-gold", tags={}), Endpoint(name="fraud-test", tags={}), production=("gold",)
        ),
    ],
    unknown=[
        case(_ACCOUNT, _PROD, unread=[Endpoint]),
        case(_ACCOUNT, _PROD, Endpoint(name="churn", tags={})),
        case(_ACCOUNT, _PROD, Endpoint(name="churn")),
    ],
    not_applicable=[_ACCOUNT],
)
