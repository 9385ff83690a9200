"""sigcheck: is this signed document what it says it is, and who says so?

In three lines:

    trust = sigcheck.TrustStore.load(["certs"])
    report = sigcheck.verify("document.pdf", trust=trust)
    sigcheck.require_passed(report)
"""

from sigcheck import errors
from sigcheck._version import __version__
from sigcheck.api import Verifier, verify
from sigcheck.config import TrustStore, load_policy
from sigcheck.config.store import UserStore
from sigcheck.fetch.protocol import FetchSettings
from sigcheck.model.policy import Limits, Policy
from sigcheck.model.report import NotPassedError, Report, require_passed

__all__ = [
    "FetchSettings",
    "HttpFetch",
    "Limits",
    "NotPassedError",
    "Policy",
    "Report",
    "TrustStore",
    "UserStore",
    "Verifier",
    "__version__",
    "errors",
    "load_policy",
    "require_passed",
    "verify",
]


def __getattr__(name: str) -> object:
    """Import the network client when it is first used: most programs never need it (PEP 562)."""
    if name == "HttpFetch":
        from sigcheck.fetch.http import HttpFetch

        return HttpFetch
    raise AttributeError(f"module 'sigcheck' has no attribute {name!r}")
