"""The compiled parts of the reader, where they are installed (docs/adr/0010).

Each of their functions returns what the Python code beside it would, or None: then that code does
the work. So nobody needs them, and `SIGCHECK_NATIVE=0` switches them off.
"""

from __future__ import annotations

import os
from types import ModuleType

INTERFACE = 8
"""What this code expects of the library; one built from other sources is not used."""


def load() -> ModuleType | None:
    """Return the library, where it is installed, fits and is wanted."""
    if os.environ.get("SIGCHECK_NATIVE") == "0":
        return None
    try:
        found = __import__("sigcheck_native")
    except ImportError:
        return None
    return found if getattr(found, "INTERFACE", None) == INTERFACE else None


native = load()
"""Loaded once for the process; None where the Python code does everything."""
