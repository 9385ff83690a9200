"""Tell Paperless-ngx a verdict through its REST API: a tag for each verdict, and a note.

    tell.py DOCUMENT_ID REPORT.json

The report is what `sigcheck verify --format json` writes. PAPERLESS_API_URL is the address of
Paperless itself (http://localhost:8000), PAPERLESS_API_TOKEN the token of a user who may change
documents, tags and notes. Standard library only; Python 3.11.
"""

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

TAGS = {
    "TOTAL-PASSED": "Chữ ký hợp lệ",
    "INDETERMINATE": "Chữ ký cần xem lại",
    "TOTAL-FAILED": "Chữ ký không hợp lệ",
    "NO-SIGNATURE": "Không có chữ ký số",
    "UNREADABLE": "Không đọc được",
}


def ask(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """Return what the API answers to one request."""
    request = urllib.request.Request(  # noqa: S310 the administrator's own address
        os.environ["PAPERLESS_API_URL"].rstrip("/") + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Token {os.environ['PAPERLESS_API_TOKEN']}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 as above
        return json.load(answer)


def tag_named(name: str, *, make: bool) -> int | None:
    """Return the number of a tag; a tag that is missing is made where asked for."""
    query = urllib.parse.urlencode({"name__iexact": name})
    for tag in ask("GET", f"/api/tags/?{query}")["results"]:
        return int(tag["id"])
    # matching_algorithm 0: Paperless itself never gives this tag by the words of a document.
    return (
        int(ask("POST", "/api/tags/", {"name": name, "matching_algorithm": 0})["id"])
        if make
        else None
    )


def tell(number: int, document: dict[str, Any]) -> None:
    """Set the tag of this verdict, take those of other verdicts off, and write the note."""
    verdict = document["indication"]
    others = [tag_named(name, make=False) for key, name in TAGS.items() if key != verdict]
    change = {
        "add_tags": [tag_named(TAGS[verdict], make=True)],
        "remove_tags": [tag for tag in others if tag is not None],
    }
    edit = {"documents": [number], "method": "modify_tags", "parameters": change}
    ask("POST", "/api/documents/bulk_edit/", edit)
    lines = [f"sigcheck: {verdict}", (document.get("reason") or {}).get("text")]
    note = "\n".join(line for line in lines if line)
    ask("POST", f"/api/documents/{number}/notes/", {"note": note})


if __name__ == "__main__":
    try:
        report = json.loads(Path(sys.argv[2]).read_text("utf-8"))
        tell(int(sys.argv[1]), report["documents"][0])
    except urllib.error.HTTPError as problem:
        sys.exit(f"Paperless answered {problem.code} to {problem.url}: check the token's rights")
    except (OSError, KeyError, ValueError) as problem:
        sys.exit(f"Paperless was not told: {problem!r}")
