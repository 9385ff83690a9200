"""Events for whoever listens, through `logging` under the name `sigcheck`; silent by default.

`logging` is not loaded for it: who has not imported it cannot be listening, and a cold start has
better uses for its time.
"""

from __future__ import annotations

import sys

NAMESPACE = "sigcheck"
DEBUG, INFO, WARNING, ERROR = 10, 20, 30, 40
"""The levels of `logging`."""


def log(level: int, event: str, *facts: object) -> None:
    """Tell an event, `event` being a %-template for its facts; document text never is a fact."""
    logging = sys.modules.get("logging")
    if logging is None:
        return
    logger = logging.getLogger(NAMESPACE)
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())  # else Python itself prints warnings
    logger.log(level, event, *facts)
