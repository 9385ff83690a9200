"""TOML and certificate files become a Policy and a TrustStore; no cryptography here."""

from sigcheck.config.policy import available_policies, load_policy
from sigcheck.config.trust import TrustStore

__all__ = ["TrustStore", "available_policies", "load_policy"]
