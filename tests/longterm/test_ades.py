"""The long view against pyHanko's own reading of EN 319 102-1, 5.6.3."""

from __future__ import annotations

import json

import pytest

from tests.longterm.ades import ROOT, judged

NO_STAMP = "pyHanko's procedure for archives takes no time but that of a document time-stamp"
AT_CONTROL_TIME = (
    "it validates the expired path at the control time, which stays at today while the list at "
    "hand is fresh (ours run to 2048); 5.6.2.1 asks for a time inside all validities"
)
STRICTER = {
    "b-b": NO_STAMP,
    "b-t": NO_STAMP,
    "b-lt": NO_STAMP,
    "tsa-expired-renewed": AT_CONTROL_TIME,
    "tsa-expired-renewed-too-late": AT_CONTROL_TIME,
    "tsa-key-compromised-after-renewal": AT_CONTROL_TIME,
    "sha1-imprint-renewed": AT_CONTROL_TIME,
}
"""Cases in which pyHanko does not pass what we may pass, each with its reason."""
SAME = (
    "b-lta",
    "tsa-expired",
    "tsa-key-compromised",
    "tsa-ceased",
)


def _ours(case: str) -> bool:
    text = (ROOT / "vectors" / "longterm" / case / "expected.json").read_text("utf-8")
    expected = json.loads(text)
    subs = expected.get("policies", {}).get("etsi", [expected["signatures"][0]["sub_indication"]])
    return subs[0] is None


@pytest.mark.parametrize("case", SAME)
def test_pyhanko_agrees(case: str) -> None:
    """What the policy `etsi` makes of a vector is what pyHanko makes of it."""
    indication, _ = judged(case)

    assert (indication == "PASSED") is _ours(case)


@pytest.mark.parametrize("case", STRICTER)
def test_pyhanko_is_stricter_where_we_say_so(case: str) -> None:
    """A difference that is listed is still there; one that went away has to leave the list."""
    indication, _ = judged(case)

    assert indication == "INDETERMINATE"
