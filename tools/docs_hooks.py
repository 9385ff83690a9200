"""Pages of the site that are made of the program itself, when mkdocs builds: codes and the schema.

Nothing is checked in, so nothing goes stale.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from sigcheck.checks import checks  # noqa: E402 - the repository's own
from sigcheck.config.data import data_folder  # noqa: E402
from sigcheck.render.explain import sketched  # noqa: E402
from sigcheck.render.words import Words  # noqa: E402

FIXED = [
    "architecture.md",
    {"Văn thư": ["van-thu.md", "ma-ket-qua.md"]},
    {
        "Integrators": [
            "integrator.md",
            "reference.md",
            "service.md",
            "batch.md",
            "scale.md",
            "schema.md",
        ]
    },
    {
        "Auditors": [
            "auditor.md",
            "findings.md",
            "trust.md",
            "changes.md",
            "attacks.md",
            "anomalies.md",
        ]
    },
    {"Archives": ["evidence.md", "preserve.md", "longterm.md"]},
    "command-line.md",
]
HEADS = {
    "vi": ("Các mã trong kết quả", "Câu hỏi", "Khi không đạt", "Việc cần làm", "Căn cứ"),
    "en": ("Findings", "Question", "If not", "What to do", "Based on"),
}


def on_config(config: Any) -> Any:
    """Put every page that is not named above at the end."""
    named = {"index.md", *_names(FIXED)}
    docs = Path(config["docs_dir"])
    rest = sorted(str(p.relative_to(docs)) for p in docs.rglob("*.md"))
    others = [name for name in rest if name not in named]
    decisions = [name for name in others if name.startswith("adr/")]
    more = [name for name in others if name not in decisions]
    config["nav"] = ["index.md", *FIXED, {"More": more}, {"Decisions": decisions}]
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are made."""
    from mkdocs.structure.files import File

    for name, text in pages().items():
        files.append(File.generated(config, name, content=text))
    return files


def pages() -> dict[str, str]:
    """Return every page that is made, by its name."""
    return {
        "findings.md": "\n".join(findings("en")),
        "ma-ket-qua.md": "\n".join(findings("vi")),
        "schema.md": "\n".join(schema()),
    }


def findings(lang: str) -> Iterator[str]:
    """Yield the page of all codes in a language."""
    words = Words.load(lang)
    title, question, if_not, todo, based = HEADS[lang]
    specs = {check.code: check.spec for check in checks()}
    yield f"# {title}\n"
    for code in sorted(words.codes("findings")):
        texts = words.table(f"findings.{code}")
        yield f"## {code} {{#{code.lower()}}}\n"
        yield f"**{question}.** {sketched(texts['question'])}\n"
        yield f"**{if_not}.** {sketched(texts['failed'])}\n"
        yield f"**{todo}.** {sketched(texts['advice'])}\n"
        # What rests on our own observations has no clause to point to.
        if not specs.get(code, "sigcheck:").startswith("sigcheck:"):
            yield f"*{based}: {specs[code]}*\n"
    yield f"## {words.label('sub_indication')}\n"
    for code, meaning in words.table("sub_indication").items():
        yield f"* `{code}`: {meaning}"


def schema() -> Iterator[str]:
    """Yield the page of the schema: its fields, then all of it."""
    text = Path(data_folder(), "schema", "sigcheck.report-1.json").read_text("utf-8")
    tree = json.loads(text)
    yield "# Report schema\n"
    yield "`sigcheck.report/1`, a JSON Schema. Every report in the tests is checked against it.\n"
    yield from _fields("Report", tree)
    for name, definition in tree.get("$defs", {}).items():
        yield from _fields(name, definition)
    yield f"## The schema itself\n\n```json\n{text}\n```"


def _fields(name: str, definition: dict[str, Any]) -> Iterator[str]:
    fields = definition.get("properties", {})
    if not fields:
        return
    yield f"## {name}\n\n| field | type | |\n|---|---|---|"
    for field, form in fields.items():
        yield f"| `{field}` | {_type(form)} | {form.get('description', '')} |"
    yield ""


def _type(form: dict[str, Any]) -> str:
    if "$ref" in form:
        return form["$ref"].rpartition("/")[2]
    if "enum" in form:
        return ", ".join(f"`{value}`" for value in form["enum"])
    if "const" in form:
        return f"`{form['const']}`"
    if "items" in form:
        return f"list of {_type(form['items'])}"
    if "anyOf" in form or "oneOf" in form:
        return " or ".join(_type(one) for one in form.get("anyOf", form.get("oneOf")))
    kind = form.get("type", "")
    return " or ".join(kind) if isinstance(kind, list) else kind


def _names(nav: list[Any]) -> Iterator[str]:
    for entry in nav:
        if isinstance(entry, dict):
            for inner in entry.values():
                yield from _names(inner)
        else:
            yield entry
