from sigcheck import errors as errors
from sigcheck._verify import Verifier as Verifier
from sigcheck._verify import verify as verify
from sigcheck._version import __version__ as __version__
from sigcheck.config import TrustStore as TrustStore
from sigcheck.config import load_policy as load_policy
from sigcheck.config.store import UserStore as UserStore
from sigcheck.fetch.http import HttpFetch as HttpFetch
from sigcheck.fetch.settings import FetchSettings as FetchSettings
from sigcheck.model.limits import Limits as Limits
from sigcheck.model.policy import Policy as Policy
from sigcheck.model.report import NotPassedError as NotPassedError
from sigcheck.model.report import Report as Report
from sigcheck.model.report import require_passed as require_passed

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
