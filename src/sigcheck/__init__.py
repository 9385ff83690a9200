"""sigcheck: is this signed document what it says it is, and who says so?

In three lines:

    trust = sigcheck.TrustStore.default()
    report = sigcheck.verify("document.pdf", trust=trust)
    sigcheck.require_passed(report)
"""

from datetime import datetime
from pathlib import Path
from typing import Any

from sigcheck import errors
from sigcheck._version import __version__
from sigcheck.api import Verifier, verify
from sigcheck.config import TrustStore, load_policy
from sigcheck.config.store import UserStore
from sigcheck.fetch.protocol import Fetcher, FetchSettings
from sigcheck.model.finding import Finding
from sigcheck.model.indication import DocumentIndication, Indication, SubIndication
from sigcheck.model.policy import Limits, Policy
from sigcheck.model.report import (
    DocumentReport,
    NotPassedError,
    Report,
    SignatureReport,
    TimestampReport,
    require_passed,
)
from sigcheck.sources import Source

__all__ = [
    "DocumentIndication",
    "DocumentReport",
    "FetchSettings",
    "Fetcher",
    "Finding",
    "HttpFetch",
    "Indication",
    "Limits",
    "NotPassedError",
    "Policy",
    "Report",
    "SignatureReport",
    "Source",
    "SubIndication",
    "TimestampReport",
    "TrustStore",
    "UserStore",
    "Verifier",
    "__version__",
    "errors",
    "judge",
    "load_policy",
    "require_passed",
    "verify",
]


def judge(
    package: str | Path | bytes,
    *,
    policy: Policy | None = None,
    trust: TrustStore | None = None,
    at: datetime | None = None,
) -> Report:
    """Judge a document that stayed elsewhere, by the evidence package of its reader.

    At best INDETERMINATE: nobody vouches for the reading. Defaults: policy `intake`, our own pins,
    now.

    Raises:
        PackageError: if the package is damaged, altered, or contradicts itself.
        UsageError: if `at` has no offset.
    """
    from sigcheck.archive.judge import judge as judge_package  # seldom needed

    return judge_package(package, policy=policy, trust=trust, at=at)


def __getattr__(name: str) -> Any:
    """Import the network client when it is first used: most programs never need it (PEP 562)."""
    if name == "HttpFetch":
        from sigcheck.fetch.http import HttpFetch

        return HttpFetch
    raise AttributeError(f"module 'sigcheck' has no attribute {name!r}")
