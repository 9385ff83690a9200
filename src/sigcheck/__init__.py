"""sigcheck: is this signed document what it says it is, and who says so?

    report = sigcheck.verify("document.pdf", trust=sigcheck.TrustStore.load(["certs"]))
    sigcheck.require_passed(report)
"""

from sigcheck import errors
from sigcheck._verify import Verifier, verify
from sigcheck._version import __version__
from sigcheck.config import TrustStore, load_policy
from sigcheck.config.store import UserStore
from sigcheck.fetch.http import HttpFetch
from sigcheck.fetch.settings import FetchSettings
from sigcheck.model.limits import Limits
from sigcheck.model.policy import Policy
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
