"""Loaded by the Dask workers of `--cluster local`, which end when their batch ends them."""

from __future__ import annotations

import logging
import signal


def dask_setup(_worker: object) -> None:
    """Leave a stop to the batch; Dask calls this by its name.

    A terminal sends Ctrl-C to the whole group, and Dask warns of every task that is cancelled.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("distributed.worker").setLevel(logging.ERROR)
