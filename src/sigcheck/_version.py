"""The version of this software, as reports name it."""

__version__ = "0.2.0"
