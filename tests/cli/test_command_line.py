"""Every wrong command line ends in one sentence that says what to do, and exit code 2."""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pytest

from sigcheck.cli import main, streams
from sigcheck.cli.manual import arguments_of, page
from sigcheck.cli.parser import COMMANDS, CommandLineError, Parser
from sigcheck.cli.program import common, language
from sigcheck.cli.verify import VERIFY, Request, documents, output_format
from sigcheck.cli.verify import request as asked
from sigcheck.model.indication import DocumentIndication
from sigcheck.render import FORMATS, Words

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs a command line: exit code, standard output, standard error."""

    def run_(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run_


def request(words: list[str]) -> Request:
    """Return what a command line asks of `verify`."""
    return asked(arguments(words))


def arguments(words: list[str]) -> Namespace:
    """Return the arguments of `verify` as they are written."""
    return Parser("verify", VERIFY).read(words)


WRONG = {
    "nothing": ((), "Chưa có lệnh nào; gõ “sigcheck verify TỆP.pdf”"),
    "an ending of no format": (
        ("verify", "a.pdf", "-o", "x.docx"),
        "--output không nhận “x.docx”; dùng: .txt, .json",
    ),
    "unknown command": (("check",), "Không có lệnh “check”; gõ “sigcheck --help”"),
    "nearly a command": (("verfy", "x"), "Không có lệnh “verfy” (có phải “verify”?); gõ"),
    "unknown option": (("--bogus", "verify"), "Không có tùy chọn “--bogus”"),
    "no path": (("verify",), "Chưa chỉ ra tệp nào để kiểm tra; gõ tên tệp"),
    "option unknown": (
        ("verify", "x", "--bogus=1"),
        "Không có tùy chọn “--bogus”; gõ “sig",
    ),
    "nearly an option": (
        ("verify", "x", "--fromat", "csv"),
        "Không có tùy chọn “--fromat” (có phải “--format”?)",
    ),
    "no value": (("verify", "x", "--trust"), "Tùy chọn --trust thiếu giá trị"),
    "no value of a letter": (("verify", "x", "-o"), "Tùy chọn --output thiếu giá trị"),
    "a value too many": (("verify", "x", "--online=1"), "Tùy chọn --online không có giá trị"),
    "format": (
        ("verify", "x", "--format", "pfd"),
        "--format không nhận “pfd” (có phải “pdf”?); dùng: text, json, jsonl, html, csv, xml,",
    ),
    "lang": (("verify", "x", "--lang", "fr"), "--lang không nhận “fr”; dùng: vi, en"),
    "no lang": (("verify", "x", "--lang"), "Tùy chọn --lang thiếu giá trị"),
    "jobs": (("verify", "x", "--jobs", "-1"), "--jobs không nhận “-1”; ghi một số từ 0 đến 1000"),
    "time": (("verify", "x", "--at", "hôm qua"), "--at không nhận “hôm qua”; ghi ngày hoặc"),
    "no such day": (("verify", "x", "--at", "31/02/2026"), "--at không nhận “31/02/2026”"),
    "verb": (("trust", "lst"), "“sigcheck trust” không có việc “lst” (có phải “list”?); dùng:"),
    "option of another verb": (("trust", "list", "--yes"), "Không có tùy chọn “--yes”; gõ “sigch"),
    "a word too many": (("trust", "list", "x"), "Dòng lệnh thừa “x”"),
    "help on nothing": (("help", "verfy"), "Không có lệnh “verfy” (có phải “verify”?)"),
    "password": (
        ("verify", "x", "--password-file", "/none"),
        "Không đọc được tệp mật khẩu “/non",
    ),
    "policy": (
        ("verify", "x", "--policy", "nope"),
        "Không có chính sách “nope”; dùng archive, etsi",
    ),
    "trust": (("verify", "x", "--trust", "/none"), "Không có tệp hoặc thư mục “/none”"),
    "output": (("verify", "x", "--output", "/none/x"), "Không ghi được kết quả vào “/none/x”"),
    "code": (("explain", "NOPE"), "Không có mã “NOPE”"),
    "nearly a code": (
        ("explain", "PA-ANCHOR-FUND"),
        "Không có mã “PA-ANCHOR-FUND” (có phải “PA-ANCHOR-FOUND”?)",
    ),
    "no code": (("explain",), "Chưa chỉ ra mã nào"),
}


@pytest.mark.parametrize(("arguments", "sentence"), WRONG.values(), ids=list(WRONG))
def test_a_wrong_command_line_is_one_sentence(
    run: Run, arguments: tuple[str, ...], sentence: str
) -> None:
    """One line on standard error, nothing on standard output, exit code 2."""
    code, out, err = run(*arguments)

    assert (code, out) == (2, "")
    assert err.startswith(f"sigcheck: {sentence}")
    assert err.count("\n") == 1


def test_the_sentence_is_in_the_language_asked_for(run: Run) -> None:
    """`--lang en` counts even where the command line is wrong elsewhere."""
    _, _, err = run("verify", "--lang", "en")

    assert err.startswith("sigcheck: No file to check was named; name a file or folder")


def test_a_folder_without_pdfs(run: Run, tmp_path: Path) -> None:
    """Exit code 2 and the folder's name."""
    (tmp_path / "note.txt").write_text("x")

    code, _, err = run("verify", str(tmp_path))

    assert code == 2
    assert f"Thư mục {tmp_path} không có tệp PDF nào; chọn thư mục khác" in err


@pytest.mark.parametrize(
    ("arguments", "environment", "spoken"),
    [
        ((), {}, "vi"),
        ((), {"LANG": "C.UTF-8"}, "vi"),
        ((), {"LANG": "en_US.UTF-8"}, "en"),
        ((), {"LANG": "en_US.UTF-8", "LC_ALL": "vi_VN.UTF-8"}, "vi"),
        ((), {"LANG": "en_US.UTF-8", "LC_MESSAGES": "vi_VN"}, "vi"),
        ((), {"LANG": "vi_VN", "SIGCHECK_LANG": "en"}, "en"),
        (("--lang", "vi"), {"SIGCHECK_LANG": "en"}, "vi"),
        (("x", "--lang=en"), {}, "en"),
        (("--lang", "xx"), {"LANG": "en_GB"}, "en"),
        (("--", "--lang", "en"), {}, "vi"),
        (("--lang",), {}, "vi"),
    ],
)
def test_which_language(
    arguments: tuple[str, ...], environment: dict[str, str], spoken: str
) -> None:
    """Option, then SIGCHECK_LANG, then the locale; Vietnamese where nothing is said."""
    assert language(common([*arguments]).lang, environment) == spoken


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_help_names_every_option(lang: str) -> None:
    """A new option without a line of help fails."""
    shown = page("verify", Words.load(lang))
    known = [
        f"--[no-]{a.names[0][2:]}" if a.action == "switch" else a.names[0]
        for a in arguments_of("verify")
        if a.is_option
    ]
    shown_names = re.findall(r"^  (--[^ ,]+)", shown, re.MULTILINE)

    assert [name for name in known if name not in shown_names] == []
    assert all(f"{code}" in shown for code in (0, 1, 2, 3, 10, 11))
    assert all(shape in shown for shape in FORMATS)


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("name", ["sigcheck", *COMMANDS])
def test_every_command_has_help(run: Run, name: str, lang: str) -> None:
    """`--help` prints a page with an example and exits 0, anywhere on the line."""
    arguments = ("--help",) if name == "sigcheck" else (name, "x", "--help")

    code, out, _ = run(*arguments, "--lang", lang)

    assert code == 0
    assert f"sigcheck {name}" in out or all(command in out for command in COMMANDS)
    assert max(map(len, out.splitlines())) <= 100
    assert "{" not in out
    assert run("help", *({name} - {"sigcheck"}), "--lang", lang) == (0, out, "")


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version(run: Run, option: str) -> None:
    """`--version` names the program and the package's version."""
    from sigcheck._version import __version__

    assert run(option) == (0, f"sigcheck {__version__}\n", "")


def test_a_former_name_still_works(run: Run) -> None:
    """`ledger` is `audit-log`, and is documented nowhere."""
    assert run("ledger", "--help") == run("audit-log", "--help")
    assert "ledger" not in run("--help", "--lang", "en")[1]


def test_explain(run: Run) -> None:
    """A code of a finding, a sub-indication or an error is explained, in any case of letters."""
    code, out, _ = run("explain", "pa-anchor-found", "TRY_LATER", "DOC-EMPTY", "--lang", "en")

    assert code == 0
    assert "Does the certificate lead to a trusted root?" in out
    assert "there is no revocation data" in out
    assert "The file is empty." in out


@pytest.mark.parametrize(
    ("typed", "meaning"),
    [
        ("TOTAL_PASSED", "Nothing more to do about signatures"),
        ("try-later", "sigcheck trust fetch --crls"),
        ("10", "Exit code 10: there is not enough evidence"),
    ],
)
def test_verdicts_and_exit_codes_are_explained(run: Run, typed: str, meaning: str) -> None:
    """However it is spelt, with what to do next."""
    code, out, _ = run("explain", typed, "--lang", "en")

    assert code == 0
    assert meaning in " ".join(out.split())
    assert "What to do" in out


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_verdict_has_a_next_step(lang: str) -> None:
    """No indication, reason or exit code is explained without what to do."""
    words = Words.load(lang)
    verdicts = {*words.table("indication"), *words.table("sub_indication")}

    assert verdicts == {*words.table("next_step")}
    assert {*words.table("exit_code")} == {*words.table("exit_step")}


def test_paths_and_options_in_any_order() -> None:
    """Paths may stand before, between and after options; `--` ends the options."""
    found = request(["a.pdf", "--trust", "t", "b.pdf", "-v", "--", "-c.pdf"])

    assert found.paths == ("a.pdf", "b.pdf", "-c.pdf")
    assert found.trust == ("t",)
    assert found.options.verbose
    assert request(["--", "-c.pdf", "--trust"]).paths == ("-c.pdf", "--trust")
    assert request(["-vj4", "a.pdf", "-of.json"])[:1] == (("a.pdf",),)


def test_the_ending_of_the_output_decides_about_the_format() -> None:
    """`--format` wins; without an ending it is text."""
    lines = ["-o x.XLSX", "-o x.htm", "-o x.json", "-o x", "-o x.docx --format xml", ""]

    formats = [output_format(arguments(["a.pdf", *line.split()])) for line in lines]

    assert formats == ["xlsx", "html", "json", "text", "xml", "text"]


def test_a_time_without_offset_is_vietnams() -> None:
    """`--at` with a date alone or without an offset means +07:00."""
    texts = ("2025-08-25", "2025-08-25T00:00Z", "25/8/2025", "05/08/2025 16:07:08")

    moments = [request(["x", "--at", text]).at for text in texts]

    assert [str(moment) for moment in moments] == [
        "2025-08-25 00:00:00+07:00",
        "2025-08-25 00:00:00+00:00",
        "2025-08-25 00:00:00+07:00",
        "2025-08-05 16:07:08+07:00",
    ]


def test_the_password_is_the_first_line(tmp_path: Path) -> None:
    """Line ends do not belong to the password, blanks do."""
    file = tmp_path / "password"
    file.write_text(" mật khẩu \r\nsecond\n", "utf-8")

    assert request(["x", "--password-file", str(file)]).password == " mật khẩu "


def test_colour_is_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never into a pipe or a file, never against NO_COLOR, always when asked for."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert request(["x"]).options.color
    assert not request(["x", "--output", "f"]).options.color
    assert request(["x", "--color", "always", "--output", "f"]).options.color
    monkeypatch.setenv("NO_COLOR", "1")
    assert not request(["x"]).options.color


def test_folders_are_searched_in_order(tmp_path: Path) -> None:
    """Every level, by name, whatever the case of the suffix; a file named twice is judged once."""
    for name in ("b.pdf", "a.PDF", "sub/c.pdf", "sub/note.txt", "another/d.pdf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")

    found = documents([str(tmp_path), str(tmp_path / "b.pdf"), "missing.pdf"])

    names = [Path(f).relative_to(tmp_path).as_posix() for f in found[:-1]]
    assert names == ["a.PDF", "b.pdf", "another/d.pdf", "sub/c.pdf"]
    assert found[-1] == "missing.pdf"


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    """Nothing to check is never a success."""
    with pytest.raises(CommandLineError) as raised:
        documents([str(tmp_path)])

    assert raised.value.code == "NO-PDF-IN-FOLDER"


ALL = DocumentIndication


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ([ALL.TOTAL_PASSED], 0),
        ([ALL.TOTAL_PASSED, ALL.NO_SIGNATURE], 3),
        ([ALL.NO_SIGNATURE, ALL.INDETERMINATE], 10),
        ([ALL.INDETERMINATE, ALL.UNREADABLE], 1),
        ([ALL.UNREADABLE, ALL.TOTAL_FAILED, ALL.TOTAL_PASSED], 11),
        ([], 1),
    ],
)
def test_the_worst_document_decides(found: list[DocumentIndication], code: int) -> None:
    """11, then 1, 10, 3, 0; no document at all is no success."""
    assert streams.exit_code(found) == code
