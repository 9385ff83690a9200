"""The JSON files of a package: evidence, policy, what the package is; one form for one content."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn, TypeVar

from msgspec.structs import replace

from sigcheck.archive.decode import Decoder
from sigcheck.archive.encode import Encoder, Tree
from sigcheck.archive.masking import masked
from sigcheck.errors import PackageError
from sigcheck.model.evidence import Anomaly, CertificateFacts, ChangeItem, DocumentEvidence
from sigcheck.model.policy import Policy

EVIDENCE = "sigcheck.evidence/1"
POLICY = "sigcheck.policy/1"

_SHARED = (Anomaly, CertificateFacts, ChangeItem)

T = TypeVar("T")


def evidence_bytes(evidence: DocumentEvidence, *, full: bool = True) -> bytes:
    """Return the recorded evidence; its materials are files of their own.

    Without `full`, citizen identity numbers are masked.
    """
    return _written(EVIDENCE, replace(evidence, materials={}), _SHARED, full=full)


def read_evidence(data: bytes) -> DocumentEvidence:
    """Return the evidence of a file; raises PackageError for anything that isn't one."""
    return _read(EVIDENCE, DocumentEvidence, data, _SHARED)


def policy_bytes(policy: Policy) -> bytes:
    """Return a policy with all it builds on."""
    return _written(POLICY, policy, ())


def read_policy(data: bytes) -> Policy:
    """Return the policy of a file; raises PackageError."""
    return _read(POLICY, Policy, data, ())


def record_bytes(schema: str, value: object, *, full: bool = True) -> bytes:
    """Return any record of ours under the name of its schema; `full` as for evidence."""
    return _written(schema, value, (), full=full)


def read_record(schema: str, kind: type[T], data: bytes) -> T:
    """Return what `record_bytes` wrote; raises PackageError."""
    return _read(schema, kind, data, ())


def canonical(tree: Tree) -> bytes:
    """Return JSON with one possible spelling: sorted, without blanks, ASCII, a line end."""
    text = json.dumps(tree, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii") + b"\n"


def parsed(data: bytes, where: str) -> dict[str, Any]:
    """Return a JSON object; raises PackageError for a name given twice, NaN, or broken JSON."""
    try:
        found = json.loads(data, object_pairs_hook=_distinct, parse_constant=_no_constant)
    except (ValueError, RecursionError) as problem:
        raise PackageError(f"{where}: {problem}") from problem
    if not isinstance(found, dict):
        raise PackageError(f"{where}: no object")
    return found


def _written(
    schema: str, value: object, shared: Iterable[type[Any]], *, full: bool = True
) -> bytes:
    encoder = Encoder(shared)
    tree = {"schema": schema, "value": encoder.tree(value)}
    if shared:
        tree["tables"] = encoder.tables()
    return canonical(tree if full else masked(tree))


def _read(schema: str, kind: type[T], data: bytes, shared: Iterable[type[Any]]) -> T:
    tree = parsed(data, schema)
    if tree.get("schema") != schema:
        raise PackageError(f"{schema}: another schema, {str(tree.get('schema'))[:80]}")
    tables = tree.get("tables", {})
    if not isinstance(tables, dict) or not all(isinstance(t, list) for t in tables.values()):
        raise PackageError(f"{schema}: tables")
    if unknown := tree.keys() - {"schema", "value", "tables"}:
        raise PackageError(f"{schema}: unknown field {min(unknown)}")
    try:
        found: T = Decoder(tables, shared).value(kind, tree.get("value"), kind.__name__)
    except RecursionError as problem:
        raise PackageError(f"{schema}: nested too deeply") from problem
    return found


def _distinct(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
