"""How each verdict should strike the eye, in every readable format."""

from __future__ import annotations

from sigcheck.model.indication import DocumentIndication
from sigcheck.render.rows import Tone

TONES = {
    DocumentIndication.TOTAL_PASSED.value: Tone.GOOD,
    DocumentIndication.INDETERMINATE.value: Tone.DOUBT,
    DocumentIndication.TOTAL_FAILED.value: Tone.BAD,
    DocumentIndication.NO_SIGNATURE.value: Tone.DOUBT,
    DocumentIndication.UNREADABLE.value: Tone.BAD,
}
"""By the value of an indication, of a signature or a document."""
