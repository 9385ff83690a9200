"""Measure sigcheck against poppler's pdfsig and pyHanko's command line, interleaved in one run."""
