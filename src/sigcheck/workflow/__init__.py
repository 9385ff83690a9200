"""The clerical workflow by decree 30/2020: acts, persons, order, number and date."""

from __future__ import annotations

from sigcheck.workflow.acts import classify_act
from sigcheck.workflow.questions import tell

__all__ = ["classify_act", "tell"]
