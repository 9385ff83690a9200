"""Indications and sub-indications of ETSI EN 319 102-1, clause 5.1.3 and table 5 and 6."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Indication(StrEnum):
    """The verdict on one signature."""

    TOTAL_PASSED = "TOTAL-PASSED"
    INDETERMINATE = "INDETERMINATE"
    TOTAL_FAILED = "TOTAL-FAILED"


class DocumentIndication(StrEnum):
    """The verdict on one document: the worst of its signatures, or why there is none."""

    TOTAL_PASSED = "TOTAL-PASSED"
    INDETERMINATE = "INDETERMINATE"
    TOTAL_FAILED = "TOTAL-FAILED"
    NO_SIGNATURE = "NO-SIGNATURE"
    UNREADABLE = "UNREADABLE"


class SubIndication(StrEnum):
    """Why a signature did not pass; each knows its indication, so no impossible pair exists."""

    indication: Indication

    def __new__(cls, code: str, indication: Indication) -> Self:
        """Name the sub-indication and tie it to its indication."""
        found = str.__new__(cls, code)
        found._value_ = code
        found.indication = indication
        return found

    FORMAT_FAILURE = ("FORMAT_FAILURE", Indication.TOTAL_FAILED)
    HASH_FAILURE = ("HASH_FAILURE", Indication.TOTAL_FAILED)
    SIG_CRYPTO_FAILURE = ("SIG_CRYPTO_FAILURE", Indication.TOTAL_FAILED)
    REVOKED = ("REVOKED", Indication.TOTAL_FAILED)
    EXPIRED = ("EXPIRED", Indication.TOTAL_FAILED)
    NOT_YET_VALID = ("NOT_YET_VALID", Indication.TOTAL_FAILED)
    SIG_CONSTRAINTS_FAILURE = ("SIG_CONSTRAINTS_FAILURE", Indication.INDETERMINATE)
    CHAIN_CONSTRAINTS_FAILURE = ("CHAIN_CONSTRAINTS_FAILURE", Indication.INDETERMINATE)
    CERTIFICATE_CHAIN_GENERAL_FAILURE = (
        "CERTIFICATE_CHAIN_GENERAL_FAILURE",
        Indication.INDETERMINATE,
    )
    CRYPTO_CONSTRAINTS_FAILURE = ("CRYPTO_CONSTRAINTS_FAILURE", Indication.INDETERMINATE)
    CRYPTO_CONSTRAINTS_FAILURE_NO_POE = (
        "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
        Indication.INDETERMINATE,
    )
    POLICY_PROCESSING_ERROR = ("POLICY_PROCESSING_ERROR", Indication.INDETERMINATE)
    TIMESTAMP_ORDER_FAILURE = ("TIMESTAMP_ORDER_FAILURE", Indication.INDETERMINATE)
    NO_SIGNING_CERTIFICATE_FOUND = ("NO_SIGNING_CERTIFICATE_FOUND", Indication.INDETERMINATE)
    NO_CERTIFICATE_CHAIN_FOUND = ("NO_CERTIFICATE_CHAIN_FOUND", Indication.INDETERMINATE)
    NO_CERTIFICATE_CHAIN_FOUND_NO_POE = (
        "NO_CERTIFICATE_CHAIN_FOUND_NO_POE",
        Indication.INDETERMINATE,
    )
    REVOKED_NO_POE = ("REVOKED_NO_POE", Indication.INDETERMINATE)
    REVOKED_CA_NO_POE = ("REVOKED_CA_NO_POE", Indication.INDETERMINATE)
    OUT_OF_BOUNDS_NOT_REVOKED = ("OUT_OF_BOUNDS_NOT_REVOKED", Indication.INDETERMINATE)
    OUT_OF_BOUNDS_NO_POE = ("OUT_OF_BOUNDS_NO_POE", Indication.INDETERMINATE)
    REVOCATION_OUT_OF_BOUNDS_NO_POE = (
        "REVOCATION_OUT_OF_BOUNDS_NO_POE",
        Indication.INDETERMINATE,
    )
    NO_POE = ("NO_POE", Indication.INDETERMINATE)
    TRY_LATER = ("TRY_LATER", Indication.INDETERMINATE)
    SIGNED_DATA_NOT_FOUND = ("SIGNED_DATA_NOT_FOUND", Indication.INDETERMINATE)
