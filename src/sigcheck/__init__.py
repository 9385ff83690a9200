"""sigcheck: is this signed document what it says it is, and who says so?

    report = sigcheck.verify("document.pdf", trust=sigcheck.TrustStore.load(["certs"]))
    sigcheck.require_passed(report)

Each name is imported when it is first asked for; `__init__.pyi` says what they are.
"""

from importlib import import_module

_HOMES = {
    "FetchSettings": "sigcheck.fetch.settings",
    "HttpFetch": "sigcheck.fetch.http",
    "Limits": "sigcheck.model.limits",
    "NotPassedError": "sigcheck.model.report",
    "Policy": "sigcheck.model.policy",
    "Report": "sigcheck.model.report",
    "TrustStore": "sigcheck.config",
    "UserStore": "sigcheck.config.store",
    "Verifier": "sigcheck._verify",
    "__version__": "sigcheck._version",
    "load_policy": "sigcheck.config",
    "require_passed": "sigcheck.model.report",
    "verify": "sigcheck._verify",
}
_MODULES = ("errors",)

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
    """Import what a public name stands for (PEP 562)."""
    if name in _MODULES:
        return import_module(f"sigcheck.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'sigcheck' has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return found


def __dir__() -> list[str]:
    return __all__
