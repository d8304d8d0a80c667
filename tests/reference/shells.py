"""Real shells, asked what they offer: each answers lines of a command line."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

_BASH = r"""
source "$1"
shift
for line in "$@"; do
  read -r -a COMP_WORDS <<< "${line//=/ = }"
  [[ $line == *' ' ]] && COMP_WORDS+=('')
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  PATH='' _rwcap
  printf '%s\n' "${COMPREPLY[@]}" .
done
"""
_FISH = r"""
source $argv[1]
for line in $argv[2..]
    complete -C $line
    echo .
end
"""
_ZSHRC = r"""
PROMPT=
fpath=($FOLDER $fpath)
autoload -Uz compinit
compinit -u -D
compadd() {
  builtin compadd "$@"
  local result=$?
  [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]] && return $result
  local -a offered
  builtin compadd -A offered "$@"
  print -rl -- $offered >> $ANSWERS
  return $result
}
ask() {
  BUFFER=$lines[$((++number))]
  CURSOR=$#BUFFER
  zle complete-word
  print -r -- . >> $ANSWERS
  BUFFER=
  (( number < $#lines )) && zle -U $'\C-T' || print ANSWERED
}
integer number
lines=("${(@f)$(<$LINES_ASKED)}")
ready() { zle -U $'\C-T' }
zle -N ask
zle -N zle-line-init ready
bindkey '^T' ask
"""
_ZSH = r"""
zmodload zsh/zpty
zpty shell zsh -i
zpty -r shell out '*ANSWERED*'
zpty -d shell
"""


def ask_bash(script: Path, lines: Sequence[str], folder: Path) -> list[set[str]]:
    """Return what bash offers at the end of each line; it can start no program."""
    asked = ["bash", "-c", _BASH, "-", str(script), *lines]
    return _answers(_run(folder, *asked))


def ask_fish(script: Path, lines: Sequence[str], folder: Path) -> list[set[str]]:
    """Return what fish offers at the end of each line."""
    asked = ["fish", "--no-config", "-c", _FISH, str(script), *lines]
    return _answers(_run(folder, *asked))


def ask_zsh(script: Path, lines: Sequence[str], folder: Path) -> list[set[str]]:
    """Return what zsh offers at the end of each line, on a terminal.

    Nothing is typed: a terminal can lose keys while its mode changes.
    """
    home = folder.parent / "zsh"
    home.mkdir()
    (home / ".zshrc").write_text(_ZSHRC)
    (home / "lines").write_text("\n".join(lines))
    files = {"ANSWERS": home / "answers", "LINES_ASKED": home / "lines"}
    _run(folder, "zsh", "-f", "-c", _ZSH, ZDOTDIR=home, FOLDER=script.parent, **files)
    return _answers((home / "answers").read_text())


def _run(folder: Path, *command: str, **environment: Path) -> str:
    variables = {key: str(value) for key, value in environment.items()}
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"TERM": "xterm", "HOME": str(folder.parent)} | variables,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def _answers(text: str) -> list[set[str]]:
    """Return the words between the lines that end an answer.

    Of a path the last part: some shells offer the whole of it, some what is new.
    """
    answers: list[set[str]] = [set()]
    for line in text.splitlines():
        if line == ".":
            answers.append(set())
        elif word := line.partition("\t")[0].replace("\\ ", " ").rpartition("=")[2]:
            answers[-1].add(word.removesuffix("/").rpartition("/")[2])
    return answers[:-1]


COMPLETIONS = Path(__file__).parents[2] / "completions"

ASK = {
    "rwcap.bash": ask_bash,
    "rwcap.fish": ask_fish,
    "_rwcap": ask_zsh,
}
"""The shell that answers for each file."""
