"""Errors of the command line, with the command or the option that was meant."""

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from difflib import get_close_matches
from typing import Final

import typer

from rwcap.core.errors import UsageError
from rwcap.core.text import shell_quote

_UNKNOWN_COMMAND: Final = re.compile(r"No such command '(.+)'\.?")
"""The message of Typer for an unknown command."""

_UNKNOWN_OPTION: Final = re.compile(r"No such option: (--\S+)")
"""The message of Typer for an unknown option."""

_NUMBERS: Final = re.compile(
    r"(is )not a valid (int|integer|float)\b"
    r"|Input should be a valid (integer|number)\b.*"
)
"""The messages of Typer, before and from 0.29 on, for a value that is not a number."""

_SIMILARITY: Final = 0.75
"""The minimum similarity of names, for difflib. Below it are chance similarities."""

_OTHER_NAMES: Final = {
    "--budget": "--max-cost",
    "--csv": "--output FILE.csv",
    "--embed": "--write embed",
    "--estimate": "--dry-run",
    "--force": "--mode overwrite",
    "--instruction": "--prompt",
    "--jobs": "--concurrency",
    "--no-cache": "--fresh",
    "--output": "--write txt",
    "--overwrite": "--mode overwrite",
    "--parallel": "--concurrency",
    "--question": "--prompt",
    "--retry": "--retries",
    "--silent": "--quiet",
    "--text": "--write txt",
    "--threads": "--concurrency",
    "--txt": "--write txt",
    "--undo": "--mode remove",
    "--workers": "--concurrency",
    "--xmp": "--write xmp",
}
"""Options of other programs, and the option of rwcap with the same meaning."""

_OTHER_COMMANDS: Final = {
    "balance": "rwcap cost balance",
    "doctor": "rwcap config doctor",
    "estimate": "rwcap cost estimate",
    "help": "rwcap --help",
    "list": "rwcap config list",
    "login": "rwcap config set-key",
    "reconcile": "rwcap cost reconcile",
    "recover": "rwcap cost recover",
    "remove-key": "rwcap config remove-key",
    "set-key": "rwcap config set-key",
    "status": "rwcap config status",
}
"""Words in place of a command of rwcap, and the command that is meant."""


def usage_error(error: typer.TyperException) -> UsageError:
    """Return an error of Typer in rwcap's form: lower case, without a final period.

    Typer ends its message with similar names, in one of two ways. Those of commands
    are used. Those of options are replaced: the hyphens make any two options similar.
    """
    message = " ".join(error.format_message().split())
    message = message.partition(" (Possible options: ")[0]
    message = _NUMBERS.sub(_not_a_number, message)
    message, _, similar = message.partition(" Did you mean ")
    similar = similar.rstrip("?").replace(", ", " or ")
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "rwcap"
    if context and (unknown := _UNKNOWN_OPTION.fullmatch(message)):
        parameters = context.command.get_params(context)
        names = [name for each in parameters for name in each.opts]
        similar = " or ".join(_suggest_options(unknown[1], names))
    hint = f"{path} --help"
    if similar:
        hint += f" (did you mean {similar}?)"
    elif (unknown := _UNKNOWN_COMMAND.fullmatch(message)) and (
        suggestion := _suggest_command(path, unknown[1])
    ):
        hint = f"did you mean: {suggestion}"
    return UsageError(message[:1].lower() + message[1:].rstrip("."), hint=hint)


def _not_a_number(found: re.Match[str]) -> str:
    is_any = (found[2] or found[3]) in {"float", "number"}
    return f"{found[1] or ''}not a {'number' if is_any else 'whole number'}"


def _suggest_options(unknown: str, names: Iterable[str]) -> list[str]:
    """Return the options of a command that may be meant, at most three.

    `names` are all options of the command.
    """
    known = {name.removeprefix("--"): name for name in names}
    other = _OTHER_NAMES.get(unknown, "")
    if other.partition(" ")[0] in known.values():
        return [other]
    word = unknown.removeprefix("--").lower()
    longer = [name for name in known if name.startswith(word)]
    found = longer[:3] or get_close_matches(word, known, cutoff=_SIMILARITY)
    return [known[name] for name in found]


def _suggest_command(path: str, word: str) -> str | None:
    """Return the command for a word, a source or a day in place of a command."""
    if path == "rwcap" and word in _OTHER_COMMANDS:
        return _OTHER_COMMANDS[word]
    from rwcap.sources.folder_walk import IMAGE_SUFFIXES
    from rwcap.sources.tables.tables import is_table

    # Other than Path, os.path returns False for a name that is too long.
    exists = os.path.exists(word)  # noqa: PTH110  # see above
    is_batch = os.path.isdir(word) or is_table(word)  # noqa: PTH112  # see above
    is_source = exists or is_batch or word.lower().endswith(IMAGE_SUFFIXES)
    commands = {
        "rwcap": "rwcap batch" if is_batch else "rwcap caption",
        "rwcap cost": "rwcap cost estimate",
    }
    if is_source and path in commands:
        return f"{commands[path]} {shell_quote(word)}"
    return _suggest_days(word) if path == "rwcap cost" else None


def _suggest_days(word: str) -> str | None:
    """Return the command that reports the days of `word`, if it is a day or a month."""
    from datetime import UTC, datetime

    from rwcap.core.dates import parse_day

    with suppress(ValueError):
        parse_day(word, datetime.now(UTC).date())
        is_count = word.lower().endswith("d")
        return f"rwcap cost --since {word}" + ("" if is_count else f" --until {word}")
    return None
