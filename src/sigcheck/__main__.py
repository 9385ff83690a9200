"""`python -m sigcheck` is `sigcheck`."""

from __future__ import annotations

from sigcheck.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
