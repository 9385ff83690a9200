"""Exit codes, as the design promises them; the worst document wins."""

from __future__ import annotations

from collections.abc import Iterable

from sigcheck.model.indication import DocumentIndication

PASSED = 0
COULD_NOT = 1
USAGE = 2
INTERRUPTED = 130
"""128 + SIGINT, as shells report it."""
BROKEN_PIPE = 141
"""128 + SIGPIPE: nobody reads on, which is nobody's fault."""

_CODES = {
    DocumentIndication.TOTAL_PASSED: PASSED,
    DocumentIndication.NO_SIGNATURE: 3,
    DocumentIndication.INDETERMINATE: 10,
    DocumentIndication.UNREADABLE: COULD_NOT,
    DocumentIndication.TOTAL_FAILED: 11,
}
_WORST_LAST = (PASSED, 3, 10, COULD_NOT, 11)


def exit_code(indications: Iterable[DocumentIndication]) -> int:
    """Return the code of the worst document; no document at all is never a pass."""
    codes = [_CODES[indication] for indication in indications]
    return max(codes, key=_WORST_LAST.index, default=COULD_NOT)
