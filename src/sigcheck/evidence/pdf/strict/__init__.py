"""Later revisions by a strict grammar: what an update writes has one reading, or is ambiguous."""
