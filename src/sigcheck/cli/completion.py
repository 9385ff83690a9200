"""`sigcheck completion bash|zsh|fish`: a script that completes commands, options and values.

Commands and options are read from the pages of `--help`, so what is documented is completed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sigcheck.cli import exits
from sigcheck.cli.arguments import COLORS, FILES
from sigcheck.cli.commands import COMMANDS
from sigcheck.cli.help import help_text
from sigcheck.cli.logs import LEVELS
from sigcheck.cli.parser import Parser
from sigcheck.render import FORMATS
from sigcheck.render.words import LANGUAGES, Words

SHELLS = ("bash", "zsh", "fish")
VALUES = {
    "--lang": LANGUAGES,
    "--format": (*FORMATS, *FILES),
    "--color": COLORS,
    "--log-level": LEVELS,
    "--policy": ("intake", "archive", "etsi"),
}
"""Options with few values; every other one is completed with file names."""
_VERB = r"^ +sigcheck {command} ([a-z]+(?:\|[a-z]+)*)(?= |$)"
_OPTION = re.compile(r"^ {2,}(--[a-z][a-z-]*)", re.MULTILINE)

_BASH = """\
# bash completion for sigcheck; load it with:  source <(sigcheck completion bash)
_sigcheck() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" last="${{COMP_WORDS[COMP_CWORD-1]}}"
  COMPREPLY=()
  case "$last" in
{values}
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "{commands} --help --version" -- "$word")); return
  fi
  if [ "$COMP_CWORD" -eq 2 ] && [[ "$word" != -* ]]; then
    case "${{COMP_WORDS[1]}}" in
{verbs}
    esac
  fi
  if [[ "$word" == -* ]]; then
    case "${{COMP_WORDS[1]}}" in
{options}
    esac
    return
  fi
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen -f -- "$word"))
}}
complete -F _sigcheck sigcheck
"""
_ZSH = """\
#compdef sigcheck
# zsh completion for sigcheck; load it with:  source <(sigcheck completion zsh)
autoload -U +X bashcompinit && bashcompinit
{bash}"""


def run(arguments: Sequence[str], words: Words) -> int:
    """Print the script for a shell."""
    use = Parser("completion")
    use.add_argument("shell", nargs="?", default="")
    use.add_argument("--lang")
    shell = use.one_of(use.parse(arguments).shell, SHELLS, "bash|zsh|fish")
    print({"bash": bash, "zsh": zsh, "fish": fish}[shell](words), end="")
    return exits.PASSED


def options_of(command: str, words: Words) -> list[str]:
    """Return the options a command's help names."""
    return sorted({*_OPTION.findall(help_text(command, words)), "--help", "--lang", "--log-level"})


def verbs_of(command: str, words: Words) -> list[str]:
    """Return what may stand right after a command, such as `list` after `trust`."""
    found = re.findall(_VERB.format(command=command), help_text(command, words), re.MULTILINE)
    return sorted({verb for group in found for verb in group.split("|")})


def bash(words: Words) -> str:
    """Return the script for bash."""
    values = [
        f'    {option}) COMPREPLY=($(compgen -W "{" ".join(allowed)}" -- "$word")); return ;;'
        for option, allowed in VALUES.items()
    ]
    options = [
        f'      {name}) COMPREPLY=($(compgen -W "{" ".join(options_of(name, words))}" '
        '-- "$word")) ;;'
        for name in sorted(COMMANDS)
    ]
    verbs = [
        f'      {name}) COMPREPLY=($(compgen -W "{" ".join(found)}" -- "$word")); return ;;'
        for name in sorted(COMMANDS)
        if (found := verbs_of(name, words))
    ]
    return _BASH.format(
        verbs="\n".join(verbs),
        values="\n".join(values),
        options="\n".join(options),
        commands=" ".join(sorted(COMMANDS)),
    )


def zsh(words: Words) -> str:
    """Return the script for zsh, which runs bash's."""
    return _ZSH.format(bash=bash(words))


def fish(words: Words) -> str:
    """Return the script for fish."""
    return "# fish completion for sigcheck\n" + "".join(f"{line}\n" for line in _fish(words))


def _fish(words: Words) -> Iterator[str]:
    yield f"complete -c sigcheck -n __fish_use_subcommand -xa '{' '.join(sorted(COMMANDS))}'"
    for name in sorted(COMMANDS):
        if verbs := verbs_of(name, words):
            seen = f"'__fish_seen_subcommand_from {name}'"
            yield f"complete -c sigcheck -n {seen} -xa '{' '.join(verbs)}'"
        for option in options_of(name, words):
            allowed = VALUES.get(option)
            given = f" -xa '{' '.join(allowed)}'" if allowed else ""
            seen = f"'__fish_seen_subcommand_from {name}'"
            yield f"complete -c sigcheck -n {seen} -l {option.removeprefix('--')}{given}"
