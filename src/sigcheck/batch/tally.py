"""What a run came to, asked of its ledger."""

from __future__ import annotations

from msgspec import Struct

from sigcheck.batch.ledger import Ledger
from sigcheck.model.indication import DocumentIndication


class Reason(Struct, frozen=True):
    """How many documents came out one way for one reason."""

    indication: DocumentIndication
    code: str
    sentence: str
    """Of one of them: its facts may be another's in the next."""
    count: int


class Tally(Struct, frozen=True):
    """Counts, and the documents that stand out."""

    verdicts: dict[DocumentIndication, int]
    reasons: tuple[Reason, ...]
    """The most frequent of each verdict first."""
    slowest: tuple[tuple[str, float], ...]
    """Paths and seconds."""
    largest: tuple[tuple[str, int], ...]
    """Paths and bytes."""
    losses: int
    """Workers lost."""

    @property
    def documents(self) -> int:
        """Return how many documents there are."""
        return sum(self.verdicts.values())


def tally(ledger: Ledger) -> Tally:
    """Return what the ledger's run has come to so far."""

    def rows(query: str) -> list[tuple[object, ...]]:
        return ledger.database.execute(query, {"run": ledger.run}).fetchall()

    return Tally(
        verdicts={DocumentIndication(str(name)): _int(n) for name, n in rows(_VERDICTS)},
        reasons=tuple(
            Reason(DocumentIndication(str(name)), str(code), str(text), _int(n))
            for name, code, text, n in rows(_REASON)
        ),
        slowest=tuple((_path(path), float(str(n))) for path, n in rows(_SLOWEST)),
        largest=tuple((_path(path), _int(n)) for path, n in rows(_LARGEST)),
        losses=_int(rows("SELECT count(*) FROM losses WHERE run = :run")[0][0]),
    )


_VERDICTS = "SELECT indication, count(*) FROM documents WHERE run = :run GROUP BY indication"
_REASON = """
SELECT indication, code, reason, count FROM (
  SELECT indication, code, min(reason) AS reason, count(*) AS count,
    row_number() OVER (PARTITION BY indication ORDER BY count(*) DESC, code) AS place
  FROM documents WHERE run = :run AND code != '' GROUP BY indication, code)
WHERE place <= 8 ORDER BY indication, place
"""
_SLOWEST = """
SELECT path, seconds FROM documents WHERE run = :run ORDER BY seconds DESC, path LIMIT 5
"""
_LARGEST = "SELECT path, size FROM documents WHERE run = :run ORDER BY size DESC, path LIMIT 5"


def _int(value: object) -> int:
    return int(str(value))


def _path(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
