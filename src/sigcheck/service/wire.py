"""Frames between the service and a worker: a length, a JSON header, then so many bytes.

The service never unpickles what comes back: a worker that read a hostile file is not believed.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sigcheck.service.job import Answer, Job

MAX_HEADER = 64 * 1024
"""Bytes of a JSON header; real ones stay below 2 000."""
MAX_ANSWER = 256 * 1024 * 1024
"""Bytes of all bodies of one answer together."""

_LENGTH = struct.Struct(">I")
LENGTH_SIZE = _LENGTH.size
HELLO = b"\0" * LENGTH_SIZE
"""What a worker says once it is ready for jobs: a header of no bytes."""

Header = Mapping[str, Any]


class WireError(Exception):
    """What came over the pipe is no frame of ours."""


def length(prefix: bytes) -> int:
    """Return how long the header is; raises WireError beyond MAX_HEADER."""
    (found,) = _LENGTH.unpack(prefix)
    if found > MAX_HEADER:
        raise WireError(f"a header of {found} bytes")
    return int(found)


def header(data: bytes) -> Header:
    """Return the header; raises WireError when it is no JSON object."""
    try:
        found = json.loads(data)
    except ValueError as problem:
        raise WireError(str(problem)) from problem
    if not isinstance(found, dict):
        raise WireError("a header that is no object")
    return found


def prefixed(fields: Header) -> bytes:
    """Return a header as it is sent, its length in front."""
    data = json.dumps(fields, separators=(",", ":")).encode("ascii")
    return _LENGTH.pack(len(data)) + data


def job_header(job: Job) -> Header:
    """Return everything about a job but its document, whose bytes follow."""
    return {
        "size": len(job.data),
        "name": job.name,
        "policy": job.policy,
        "lang": job.lang,
        "forms": list(job.forms),
        "at": job.at.isoformat() if job.at else None,
        "password": job.password,
    }


def job(fields: Header, data: bytes) -> Job:
    """Return the job of a header and the bytes after it."""
    at = fields["at"]
    return Job(
        data=data,
        name=fields["name"],
        policy=fields["policy"],
        lang=fields["lang"],
        forms=tuple(fields["forms"]),
        at=datetime.fromisoformat(at) if at else None,
        password=fields["password"],
    )


def answer_header(answer: Answer, sizes: Sequence[int]) -> Header:
    """Return everything about an answer but its bodies, whose bytes follow."""
    return {
        "sizes": list(sizes),
        "indication": answer.indication,
        "sha256": answer.sha256,
        "size": answer.size,
        "seconds": answer.seconds,
        "fit": answer.fit,
    }


def sizes(fields: Header) -> list[int]:
    """Return how many bytes each body has; raises WireError for anything else or too much."""
    found = fields.get("sizes")
    if not isinstance(found, list) or not all(isinstance(n, int) and n >= 0 for n in found):
        raise WireError("an answer without sizes")
    if sum(found) > MAX_ANSWER:
        raise WireError(f"an answer of {sum(found)} bytes")
    return found


def answer(fields: Header, bodies: Sequence[bytes]) -> Answer:
    """Return the answer of a header and the bodies after it; raises WireError."""
    try:
        return Answer(
            bodies=tuple(bodies),
            indication=str(fields["indication"]),
            sha256=str(fields["sha256"]),
            size=int(fields["size"]),
            seconds=float(fields["seconds"]),
            fit=fields["fit"] is True,
        )
    except (KeyError, TypeError, ValueError) as problem:
        raise WireError(f"an answer that cannot be read: {problem}") from problem
