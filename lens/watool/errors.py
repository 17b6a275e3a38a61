"""Why nothing was written, or not all: each error names the culprit and the remedy."""


class ToolError(Exception):
    """The Well-Architected Tool could not be asked, or did not do what was asked."""


class Unfit(ToolError):  # noqa: N818 - named for what it says, as its brothers
    """What was given does not fit what the account holds; found out before anything was sent that writes."""


class Rejected(ToolError):  # noqa: N818
    """The Tool calls the lens or the parameters wrong."""


class Denied(ToolError):  # noqa: N818
    """The caller lacks a permission."""


class Refused(ToolError):  # noqa: N818
    """What the account holds stands against it: a quota, a conflict, something that is gone or has changed."""


class Unanswered(ToolError):  # noqa: N818
    """No answer was to be had: no credentials, no network, throttled to the end; or none that says it is done."""
