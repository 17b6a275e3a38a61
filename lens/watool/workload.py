"""What a workload is by its owners' file, against what the Tool says of it."""

from collections.abc import Iterable, Sequence

from mllens.lens.watool.reviews import Workload
from mllens.lens.watool.wording import plain


def mismatches(
    accounts: Sequence[str], regions: Sequence[str], applications: Sequence[str], workload: Workload
) -> tuple[str, ...]:
    """Where the Tool says another scope for the workload than the file; what it leaves empty says nothing."""
    pairs = (
        ("accounts", accounts, workload.accounts),
        ("regions", regions, workload.regions),
        ("applications", applications, workload.applications),
    )
    return tuple(
        f"{entry}: the file says {_listed(ours)}, the Tool {_listed(theirs)}"
        for entry, ours, theirs in pairs
        if theirs and set(ours) != set(theirs)
    )


def _listed(items: Iterable[str]) -> str:
    return ", ".join(plain(item) for item in items) or "none"
