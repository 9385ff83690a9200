"""The only writer of PDFs: validation material and document time-stamps, by incremental update.

A signed byte is never touched, and what was written is verified before it is handed out.
"""

from sigcheck.preserve.preserve import Preserved, Renewal, preserve, renewal

__all__ = ["Preserved", "Renewal", "preserve", "renewal"]
