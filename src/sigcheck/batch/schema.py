"""The tables of a ledger; `docs/batch.md` explains them to whoever reads one with SQL."""

from __future__ import annotations

from sigcheck.batch.outcome import SIGNATURE_COLUMNS
from sigcheck.batch.task import Judgement

APPLICATION = 0x51C4EC
"""`PRAGMA application_id`: a database of somebody else's is never touched."""
VERSION = 1
"""`PRAGMA user_version`."""

JUDGEMENT_COLUMNS = Judgement.__struct_fields__
DOCUMENT_COLUMNS = (
    "judgement",
    "run",
    "path",
    "size",
    "mtime",
    "sha256",
    "indication",
    "sub_indication",
    "code",
    "reason",
    "validation_time",
    "seconds",
    "attempts",
)


def tables() -> str:
    """Return the statements that make the tables of a new ledger."""
    judgement = ", ".join(f"{name} TEXT NOT NULL" for name in JUDGEMENT_COLUMNS)
    columns = ", ".join(f"{name} TEXT NOT NULL" for name in SIGNATURE_COLUMNS)
    return f"""
CREATE TABLE judgements (
  id INTEGER PRIMARY KEY, {judgement}, UNIQUE ({", ".join(JUDGEMENT_COLUMNS)}));
CREATE TABLE runs (
  id INTEGER PRIMARY KEY, judgement INTEGER NOT NULL REFERENCES judgements,
  started TEXT NOT NULL, last_sign TEXT NOT NULL, state TEXT NOT NULL);
CREATE TABLE documents (
  id INTEGER PRIMARY KEY, judgement INTEGER NOT NULL REFERENCES judgements,
  run INTEGER NOT NULL REFERENCES runs, path NOT NULL, size INTEGER NOT NULL,
  mtime INTEGER NOT NULL, sha256 TEXT NOT NULL, indication TEXT NOT NULL,
  sub_indication TEXT NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL,
  validation_time TEXT NOT NULL, seconds REAL NOT NULL, attempts INTEGER NOT NULL,
  UNIQUE (judgement, path));
CREATE INDEX documents_of_run ON documents (run, indication);
CREATE TABLE signatures (
  document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
  row INTEGER NOT NULL, {columns}, PRIMARY KEY (document, row)) WITHOUT ROWID;
CREATE TABLE reports (
  document INTEGER PRIMARY KEY REFERENCES documents ON DELETE CASCADE, report BLOB NOT NULL);
CREATE TABLE losses (
  run INTEGER NOT NULL REFERENCES runs, path NOT NULL, code TEXT NOT NULL, time TEXT NOT NULL);
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
"""
