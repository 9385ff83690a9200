"""The long view against pyHanko's own reading of EN 319 102-1, 5.6.3."""

from __future__ import annotations

import json

import pytest

from tests.longterm.ades import ROOT, judged

ONLY_DSS = "it takes lists for old enough only where the DSS holds them; ours lie beside the file"
AT_CONTROL_TIME = (
    "it validates the expired path at the control time, which stays at today while the list at "
    "hand is fresh (ours run to 2048); 5.6.2.1 asks for a time inside all validities"
)
SPOILT = "a document time-stamp that proves nothing spoils the signature's own, which is sound"
STRICTER = {
    "b-b": ONLY_DSS,
    "b-t": ONLY_DSS,
    "b-t-by-document-timestamp": ONLY_DSS,
    "b-lt-incomplete": ONLY_DSS,
    "b-lt-by-vri": "it reads the arrays of a DSS and no VRI entry",
    "archive-timestamp-in-cms": ONLY_DSS,
    "tsa-expired-renewed": AT_CONTROL_TIME,
    "tsa-key-compromised-after-renewal": AT_CONTROL_TIME,
    "sha1-imprint-renewed": AT_CONTROL_TIME,
    "renewal-expired-too": SPOILT,
}
"""Cases in which pyHanko does not pass what `etsi` passes, each with its reason."""
EDGES = frozenset(
    {"at-the-last-second", "a-second-after-the-last", "clock-a-week-off"}
    | {"token-from-the-future", "asked-before-signing", "asked-before-the-first-day"}
    | {"asked-in-the-same-hours"}
)
"""About dates alone, without a DSS."""
CASES = sorted(p.parent.name for p in (ROOT / "vectors" / "longterm").glob("*/expected.json"))


def _ours(case: str) -> bool:
    text = (ROOT / "vectors" / "longterm" / case / "expected.json").read_text("utf-8")
    expected = json.loads(text)
    subs = expected.get("policies", {}).get("etsi", [expected["signatures"][0]["sub_indication"]])
    return subs[0] is None


@pytest.mark.parametrize("case", sorted(set(CASES) - EDGES))
def test_pyhanko_agrees_but_for_the_list(case: str) -> None:
    """What `etsi` makes of a signature is what pyHanko makes of it, or the list says why not.

    Above all pyHanko passes nothing that we do not.
    """
    indication, _ = judged(case)
    stricter = indication != "PASSED" and _ours(case)

    assert stricter is (case in STRICTER)
    assert _ours(case) or indication != "PASSED"


@pytest.mark.parametrize("case", ["tsa-expired", "tsa-key-compromised", "tsa-ceased"])
def test_pyhanko_names_the_same_reason(case: str) -> None:
    """The sub-indication of a proof that did not last is the standard's own."""
    assert judged(case)[1].endswith("OUT_OF_BOUNDS_NO_POE")
