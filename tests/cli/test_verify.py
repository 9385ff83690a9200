"""`sigcheck verify` as a user meets it: results, streams, files, interruptions."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sigcheck.cli import main
from sigcheck.cli.parser import CommandLineError
from sigcheck.cli.streams import destination

Run = Callable[..., tuple[int, str, str]]
AT = ("--at", "2026-11-23T08:00:00+07:00")


@pytest.fixture
def vector(fixtures: Path) -> Callable[[str], str]:
    """Return what names a document of our vectors."""

    def document(name: str) -> str:
        return str(fixtures / "vectors" / name / "document.pdf")

    return document


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], fixtures: Path) -> Run:
    """Return what verifies: exit code, standard output, standard error."""

    def run_(*arguments: str) -> tuple[int, str, str]:
        code = main(["verify", *arguments, "--trust", str(fixtures / "pki"), *AT])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run_


@pytest.mark.parametrize(
    ("case", "code", "first"),
    [
        ("long-an/2691-ct-ubnd-production", 0, "CHỮ KÝ HỢP LỆ"),
        ("long-an/2691-ct-ubnd", 10, "CHƯA ĐỦ CĂN CỨ ĐỂ KẾT LUẬN"),
        ("bytes/changed-in-first-range", 11, "CHỮ KÝ KHÔNG HỢP LỆ"),
        ("file/no-signature", 3, "VĂN BẢN CHƯA ĐƯỢC KÝ SỐ"),
        ("file/not-a-pdf", 1, "KHÔNG ĐỌC ĐƯỢC TỆP"),
        ("file/empty", 1, "KHÔNG ĐỌC ĐƯỢC TỆP"),
        ("file/encrypted-without-password", 1, "KHÔNG ĐỌC ĐƯỢC TỆP"),
    ],
)
def test_verdict_and_exit_code(
    run: Run, vector: Callable[[str], str], case: str, code: int, first: str
) -> None:
    """The first words and the exit code agree, for one document of each indication."""
    got, out, err = run(vector(case))

    assert (got, err) == (code, "")
    # A long path goes to the next line: the words are the same.
    assert " ".join(out.split()).startswith(f"{first}: {vector(case)} ")


def test_a_file_alone_is_verified(
    run: Run, vector: Callable[[str], str], capsys: pytest.CaptureFixture[str], fixtures: Path
) -> None:
    """`sigcheck FILE.pdf` is `sigcheck verify FILE.pdf`, options included."""
    document = vector("long-an/2691-ct-ubnd")
    expected = run(document)

    code = main([document, "--trust", str(fixtures / "pki"), *AT])

    assert (code, capsys.readouterr().out) == expected[:2]


def test_standard_input_is_a_document_too(
    run: Run, vector: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`-` is read from standard input, with the verdict of the file, and named in words."""
    with Path(vector("long-an/2691-ct-ubnd-production")).open("rb") as file:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(file))

        code, out, err = run("-")

    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "CHỮ KÝ HỢP LỆ: tệp đưa qua đầu vào chuẩn"


def test_one_bad_file_never_stops_the_others(run: Run, vector: Callable[[str], str]) -> None:
    """Missing, empty and good files each get their entry, in the order given."""
    good = vector("long-an/2691-ct-ubnd-production")

    code, out, _ = run("/none.pdf", good, vector("file/empty"), "--lang", "en", "--format", "json")

    documents = json.loads(out)["documents"]
    assert code == 1
    assert [d["indication"] for d in documents] == ["UNREADABLE", "TOTAL-PASSED", "UNREADABLE"]
    assert documents[0]["reason"] == {
        "code": "FILE-NOT-FOUND",
        "text": "There is no such file or folder.",
    }


def test_several_files_end_in_a_summary(run: Run, vector: Callable[[str], str]) -> None:
    """It counts what came of them; the last line says what to do."""
    _, out, _ = run(vector("file/empty"), vector("file/no-signature"))

    assert " ".join(out.splitlines()[-4:-2]) == (
        "Đã kiểm tra 2 tệp: 0 hợp lệ, 0 chưa đủ căn cứ, 0 không hợp lệ, 1 chưa ký số, "
        "1 không đọc được."
    )
    assert out.splitlines()[-2].startswith("Việc cần làm  Xem lý do và việc cần làm")


def test_several_files_that_all_pass_ask_for_nothing(
    run: Run, vector: Callable[[str], str]
) -> None:
    """Where nothing is to be done the totals are the last line."""
    _, out, _ = run(vector("long-an/2691-ct-ubnd-production"), vector("file/two-signatures"))

    assert "Đã kiểm tra 2 tệp: 2 hợp lệ" in out
    assert "Việc cần làm" not in out


def test_what_is_no_pdf_in_a_folder_is_named(run: Run, tmp_path: Path) -> None:
    """Other files are counted and named, but for hidden ones and locks; JSON is left alone."""
    for name in ("a.pdf", "b.docx", "c/d.zip", ".hidden", "~$b.docx"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")

    _, text, _ = run(str(tmp_path))
    _, out, err = run(str(tmp_path), "--format", "json")

    assert text.splitlines()[-1] == "Bỏ qua 2 tệp không phải PDF: b.docx, d.zip."
    assert len(json.loads(out)["documents"]) == 1
    assert err == "Bỏ qua 2 tệp không phải PDF: b.docx, d.zip.\n"


def test_without_roots_the_cause_is_said_first(
    vector: Callable[[str], str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Once for all files, with the command that mends it, and as the reason of each."""
    good = vector("long-an/2691-ct-ubnd-production")
    store = ("--store", str(tmp_path))

    main(["verify", good, vector("file/empty"), *store, *AT])
    text = " ".join(capsys.readouterr().out.split())
    main(["verify", good, vector("file/empty"), *store, *AT, "--quiet"])

    assert text.startswith("Máy này chưa cài chứng thư của Ban Cơ yếu và NEAC (0/10 gốc)")
    assert "sigcheck trust fetch --all CHƯA ĐỦ CĂN CỨ" in text
    assert ": chưa cài chứng thư gốc trên máy này" in text
    assert capsys.readouterr().out.startswith("CHƯA ĐỦ CĂN CỨ")


def test_quiet_shows_what_did_not_pass(run: Run, vector: Callable[[str], str]) -> None:
    """Nothing for a document that passes, its line for any other, and no counts."""
    good, bad = vector("long-an/2691-ct-ubnd-production"), vector("file/empty")

    assert run(good, "--quiet") == (0, "", "")
    code, out, _ = run(good, bad, good, "-q")

    assert code == 1
    assert out.startswith("KHÔNG ĐỌC ĐƯỢC")
    assert out in run(good, bad)[1]
    assert str(good) not in out


def test_a_limit_is_named_and_can_be_raised(run: Run, vector: Callable[[str], str]) -> None:
    """The sentence gives the limit that was reached and the option that raises it."""
    document = vector("long-an/2691-ct-ubnd-production")

    code, out, _ = run(document, "--limit", "file-size=1M", "--limit", "revisions=2")
    again, raised, _ = run(document, "--limit", "revisions=50")
    _, refused, err = run(document, "--limit", "revisons=50")

    assert (code, again) == (1, 0)
    assert "(giới hạn 2)" in out
    assert "--limit revisions=" in out
    assert "giới hạn" not in raised
    assert refused == ""
    assert "--limit không nhận “revisons=50” (có phải “revisions”?); ghi TÊN=SỐ" in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_has_a_sentence_of_its_own(run: Run, vector: Callable[[str], str]) -> None:
    """Exit code 1, and not a fault of ours."""
    code, _, err = run(vector("file/empty"), "--output", "/dev/full")

    assert code == 1
    assert err.startswith("sigcheck: Đĩa đã đầy")


def test_lines_come_one_a_document(run: Run, vector: Callable[[str], str]) -> None:
    """JSON Lines: an object a line, each naming its schema."""
    _, out, _ = run(vector("file/empty"), vector("file/no-signature"), "--format", "jsonl")

    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["indication"] for line in lines] == ["UNREADABLE", "NO-SIGNATURE"]
    assert {line["schema"] for line in lines} == {"sigcheck.report/1"}


def test_jobs_change_nothing_but_the_speed(run: Run, fixtures: Path) -> None:
    """Two processes give the same reports in the same order."""
    folder = str(fixtures / "vectors" / "bytes")

    alone = run(folder, "--format", "jsonl")
    together = run(folder, "--format", "jsonl", "--jobs", "2")

    assert alone == together


def test_a_password_opens_the_document(run: Run, fixtures: Path, tmp_path: Path) -> None:
    """With the right password the document is judged, with a wrong one it is unreadable."""
    case = fixtures / "vectors" / "file" / "encrypted-with-password"
    expected = json.loads((case / "expected.json").read_text("utf-8"))
    password = expected["options"]["password"]
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    right.write_text(f"{password}\n")
    wrong.write_text("nonsense\n")

    code, _, _ = run(str(case / "document.pdf"), "--password-file", str(right))
    refused, _, _ = run(str(case / "document.pdf"), "--password-file", str(wrong))

    assert code == 0
    assert refused == 1


def test_csv_has_a_row_per_signature(run: Run, vector: Callable[[str], str]) -> None:
    """Five signatures, five rows under one head line; a spreadsheet sees UTF-8."""
    _, out, _ = run(vector("long-an/2691-ct-ubnd"), "--format", "csv")

    assert out.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(out.removeprefix("\ufeff"))))
    assert len(rows) == 6
    assert len({len(row) for row in rows}) == 1


@pytest.mark.parametrize("shape", ["text", "json", "jsonl", "html", "csv", "xml"])
def test_output_is_what_standard_output_would_be(
    run: Run, vector: Callable[[str], str], tmp_path: Path, shape: str
) -> None:
    """`--output` writes the same bytes, and nothing else stays in the folder."""
    target = tmp_path / "result"
    document = vector("long-an/2691-ct-ubnd")

    code, printed, _ = run(document, "--format", shape)
    again, nothing, _ = run(document, "--format", shape, "--output", str(target))

    assert (code, again, nothing) == (10, 10, "")
    assert target.read_bytes().decode("utf-8") == printed
    assert [p.name for p in tmp_path.iterdir()] == ["result"]


def test_an_output_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    """When the work fails half-way the old file stays and no half file is left."""
    target = tmp_path / "result"
    target.write_text("old")

    def fail() -> None:
        with destination(str(target), force=True) as write:
            write("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["result"]


def test_an_output_through_a_link_keeps_the_link(tmp_path: Path) -> None:
    """The file a link leads to is replaced, not the link."""
    target, link = tmp_path / "result", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)

    with destination(str(link), force=True) as write:
        write("new")

    assert link.is_symlink()
    assert target.read_text() == "new"


def test_an_output_that_cannot_be_written_is_said_first(tmp_path: Path) -> None:
    """A folder as output is refused before any document is judged."""
    with pytest.raises(CommandLineError) as raised, destination(str(tmp_path)):
        pytest.fail("nothing may be judged")

    assert raised.value.code == "OUTPUT-NOT-WRITABLE"


def test_a_fault_of_ours_is_one_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback for a clerk; with `--verbose` one for the administrator."""

    def broken(*_: Any, **__: Any) -> Iterator[Any]:
        raise ZeroDivisionError("x")

    monkeypatch.setattr("sigcheck.api.Verifier.verify_many", broken)

    code, _, brief = run("x")
    _, _, verbose = run("x", "--verbose")

    assert code == 1
    assert brief.startswith("sigcheck: Công cụ gặp lỗi ngoài dự kiến: ZeroDivisionError: x; chưa")
    assert brief.count("\n") == 1
    assert "Traceback" in verbose


def test_ctrl_c_is_clean(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 130 and one sentence."""

    def interrupted(*_: Any, **__: Any) -> Iterator[Any]:
        raise KeyboardInterrupt

    monkeypatch.setattr("sigcheck.api.Verifier.verify_many", interrupted)

    code, _, err = run("x")

    assert code == 130
    assert "Đã dừng theo yêu cầu" in err
    assert "Traceback" not in err


def _process(*arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONIOENCODING": "", **options.pop("env", {})}
    return subprocess.Popen(
        [sys.executable, "-m", "sigcheck", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        **options,
    )


def test_a_reader_that_leaves_is_no_fault(fixtures: Path) -> None:
    """`sigcheck … | head` ends quietly, without a traceback."""
    with _process("verify", str(fixtures / "vectors" / "bytes"), "--lang", "vi") as process:
        assert process.stdout is not None
        process.stdout.read(1)
        process.stdout.close()
        code = process.wait(60)
        assert process.stderr is not None
        err = process.stderr.read()

    assert code == 141
    assert err == b""


def test_an_interrupt_from_the_keyboard_ends_all_processes(fixtures: Path) -> None:
    """SIGINT to the group, as a terminal sends it, leaves one sentence and code 130."""
    folder = str(fixtures / "vectors")
    # What a shell starts in the background ignores SIGINT, and so does what it starts itself.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with _process("verify", folder, "--jobs", "2", start_new_session=True) as process:
        signal.signal(signal.SIGINT, before)
        assert process.stdout is not None
        next(line for line in process.stdout if b".pdf" in line)  # it is at work
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert b"Traceback" not in err


def test_output_is_utf8_whatever_the_locale(vector: Callable[[str], str]) -> None:
    """In a C locale without UTF-8 mode the words are the same."""
    environment = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    with _process("verify", vector("file/empty"), env=environment) as process:
        out, _ = process.communicate(timeout=60)

    assert out.decode("utf-8").startswith("KHÔNG ĐỌC ĐƯỢC TỆP: ")


def test_a_name_that_is_not_unicode_is_shown(tmp_path: Path) -> None:
    """A file name of odd bytes gets its entry like any other."""
    name = os.fsencode(tmp_path) + b"/\xff\xfe.pdf"
    Path(os.fsdecode(name)).write_bytes(b"")

    with _process("verify", os.fsdecode(name), "--format", "json") as process:
        out, err = process.communicate(timeout=60)

    assert (process.returncode, err) == (1, b"")
    assert json.loads(out)["documents"][0]["indication"] == "UNREADABLE"
