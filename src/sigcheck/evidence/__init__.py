"""Bytes -> facts. The only importer of cryptography and, on the uncommon route, of pyHanko."""

from sigcheck.evidence.collect import collect

__all__ = ["collect"]
