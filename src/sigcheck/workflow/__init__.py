"""The clerical workflow by decree 30/2020: acts, persons, order, number and date."""

from __future__ import annotations

from sigcheck.workflow.acts import classify_act
from sigcheck.workflow.appearance import stamps_in_place
from sigcheck.workflow.questions import assess

__all__ = ["assess", "classify_act", "stamps_in_place"]
