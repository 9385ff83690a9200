"""`python -m sigcheck` is `sigcheck`."""

from __future__ import annotations

import sys

from sigcheck.cli import main

if __name__ == "__main__":
    sys.exit(main())
