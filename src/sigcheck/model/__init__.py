"""Frozen facts, findings and reports; standard library only, imported by every layer."""
