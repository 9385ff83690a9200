"""The one place where a test asks for time: a hang fails, a busy machine does not."""

BUDGET = 30.0
"""Seconds that nothing under test may take, whatever else the machine does."""
