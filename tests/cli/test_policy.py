"""`sigcheck policy`: what is listed, what is shown, and which line of a user's file is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sigcheck.checks import checks
from sigcheck.cli import main
from sigcheck.config.data import load_data

HEAD = 'id = "mine"\nversion = "1"\nextends = "intake"\n\n'


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Return the exit code, standard output and standard error of `sigcheck policy`."""
    code = main(["policy", *arguments, "--lang", "en"])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def written(folder: Path, text: str) -> str:
    """Write a user's policy that extends the clerk's."""
    path = folder / "mine.toml"
    path.write_text(HEAD + text, "utf-8")
    return str(path)


def test_list_names_what_comes_along(capsys: pytest.CaptureFixture[str]) -> None:
    """The three shipped policies are listed with version and title."""
    code, out, _ = ran(capsys, "list")

    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["archive", "etsi", "intake"]


@pytest.mark.parametrize("name", ["intake", "archive", "etsi"])
def test_show_tells_every_check(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A policy is shown with the level of every check there is, none left out."""
    code, out, _ = ran(capsys, "show", name)
    shown = {line.split()[0] for line in out.splitlines() if line.startswith("  ")}

    assert code == 0
    assert {check.code for check in checks()} <= shown


def test_show_has_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    """The questions are told in Vietnamese too."""
    main(["policy", "show", "intake", "--lang", "vi"])

    assert "Nội dung đã ký có còn nguyên vẹn không?" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[levels]\nTS-PRESNT = "fail"\n', "line 6: no check is called TS-PRESNT"),
        ('[levels]\nTS-PRESENT = "fatal"\n', "line 6: TS-PRESENT: 'fatal' is none of"),
        ('[levels]\nCH-UNDEFINED = { p1 = "fail" }\n', "line 6: CH-UNDEFINED: no level for"),
        ('[[algorithms]]\nname = "rsa"\nmin_bits = "2048"\n', "line 7: min_bits must be int"),
        ('requird = ["PATH"]\n', "line 5: unknown key requird"),
        ("[levels\n", "line 5"),
        ('[levels]\nCR-DIGEST-MATCHES = "note"\n', "line 6: CR-DIGEST-MATCHES: digest"),
        ('[levels]\nFC-COVERAGE-REVISION = "skip"\n', "line 6: FC-COVERAGE-REVISION: digest"),
        ("[numbers]\nclock-spread-note-seconds = -1\n", "line 6: clock-spread-note-seconds"),
    ],
)
def test_check_names_the_line(
    text: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A slip in a user's policy is refused with its file and line, exit code 2."""
    path = written(tmp_path, text)
    code, _, err = ran(capsys, "check", path)

    assert code == 2
    assert path in err
    assert told in err


def test_check_names_every_mistake_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Five slips are five lines, from top to bottom, and a count: one run is enough."""
    text = (
        'requird = ["PATH"]\n[levels]\nTS-PRESNT = "fail"\nTS-PRESENT = "fatal"\n'
        '[numbers]\nx = -1\n[[algorithms]]\nname = "rsa"\nmin_bits = "2048"\n'
    )
    code, _, err = ran(capsys, "check", written(tmp_path, text))
    lines = err.splitlines()

    assert code == 2
    found = [line.partition(", line ")[2].partition(":")[0] for line in lines[:-1]]
    assert found == ["5", "7", "8", "10", "13"]
    assert "(did you mean TS-PRESENT?)" in lines[1]
    assert lines[-1].startswith("5 ")


def test_check_accepts_what_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A sound policy is told so, exit code 0."""
    code, out, _ = ran(capsys, "check", written(tmp_path, '[levels]\nTS-PRESENT = "fail"\n'))

    assert code == 0
    assert "mine" in out


def test_check_names_codes_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A policy that extends nothing is told which codes it leaves to fail."""
    path = tmp_path / "own.toml"
    path.write_text('id = "own"\nversion = "1"\nrequired = ["PATH"]\n', "utf-8")
    code, out, _ = ran(capsys, "check", str(path))

    assert code == 0
    assert "AD-ANOMALIES" in out


@pytest.mark.parametrize("arguments", [(), ("frob",), ("show",), ("check",), ("show", "nobody")])
def test_wrong_usage(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """A missing or unknown verb or policy is wrong usage, exit code 2, one line."""
    code, out, err = ran(capsys, *arguments)

    assert (code, out, len(err.splitlines())) == (2, "", 1)


def test_mistakes_are_told_in_the_chosen_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Place and sentence, in `policy check` as in any other command that needs the policy."""
    path = tmp_path / "own.toml"
    path.write_text('id = "x"\nversion = 3\n\n[numbers]\na = -1\n', encoding="utf-8")

    assert main(["policy", "check", str(path), "--lang", "vi"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert told[:2] == [
        f"sigcheck: {path}, dòng 2: version phải là chữ",
        f"sigcheck: {path}, dòng 5: a phải là số, từ 0 trở lên",
    ]

    assert main(["verify", str(path), "--policy", str(path), "--lang", "vi"]) == 2
    assert "dòng 2: version phải là chữ" in capsys.readouterr().err


def test_every_mistake_has_words_with_the_same_facts_in_both_languages() -> None:
    """A sentence that left a fact out, or asked for another, would tell something else."""
    both = [load_data(f"words/policy.{lang}.toml")["mistakes"] for lang in ("vi", "en")]
    facts = [
        {code: sorted(re.findall(r"{(\w+)}", text)) for code, text in words.items()}
        for words in both
    ]

    assert facts[0] == facts[1]
