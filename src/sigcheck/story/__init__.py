"""The document's story by decree 30/2020: which act each signature is, and what a clerk would ask.

Advice only: nothing here changes a verdict. Pure, like the checks; the rules are data.
"""

from sigcheck.story.acts import classify_act
from sigcheck.story.tell import tell

__all__ = ["classify_act", "tell"]
