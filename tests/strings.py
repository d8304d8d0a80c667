"""The texts that a user of a command can see: `python -m tests.strings batch`.

They are read from the source of the command and of all modules that it imports, to be
read in one go. A placeholder is shown as it stands in the source.
"""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

SOURCE: Final = Path(__file__).parents[1] / "src"
COMMANDS: Final = "rwcap.cli.commands."

_WORDS: Final = re.compile(r"[A-Za-z)}][,;:]? \S")
"""Two words in a row: what people read, unlike names, keys and formats."""

_QUERY: Final = re.compile(
    r"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|PRAGMA|FROM)\b"
)


class Text(NamedTuple):
    """A text and where it stands."""

    place: str
    text: str


class Module(NamedTuple):
    """The texts of a module, and the modules of rwcap that it imports."""

    texts: list[Text]
    imports: list[str]


def texts(command: str) -> Iterator[Text]:
    """Yield the texts of a command, its own first, each once."""
    seen: set[str] = set()
    for module in _modules(f"{COMMANDS}{command}"):
        for each in module.texts:
            if each.text not in seen:
                seen.add(each.text)
                yield each


def _modules(first: str) -> Iterator[Module]:
    """Yield a module and all modules that it imports, directly or not."""
    waiting = {first: None}
    done: set[str] = set()
    while name := next((each for each in waiting if each not in done), None):
        done.add(name)
        module = _read(name)
        waiting |= dict.fromkeys(module.imports)
        yield module


@cache
def _read(name: str) -> Module:
    """Return a module; several commands import it."""
    tree = ast.parse(_file(name).read_text("utf-8"))
    is_help = name.startswith(COMMANDS)
    return Module(
        [
            Text(f"{name}:{node.lineno}", text)
            for node, text in _strings(tree, is_help=is_help)
        ],
        [each for each in dict.fromkeys(_imported(tree)) if _file(each).exists()],
    )


def _file(module: str) -> Path:
    path = SOURCE / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _imported(tree: ast.Module) -> Iterator[str]:
    """Yield the modules that a module names, those of lazy commands included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module = str(node.module)
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and str(node.value).startswith(COMMANDS):
            yield str(node.value).partition(":")[0]


def _strings(tree: ast.Module, *, is_help: bool) -> Iterator[tuple[ast.expr, str]]:
    """Yield the strings of a module; the docstrings of functions only if `is_help`."""
    hidden = {id(each) for node in ast.walk(tree) for each in _hidden(node, is_help)}
    for node in ast.walk(tree):
        text = ""
        if isinstance(node, ast.JoinedStr):
            text = ast.unparse(node)[2:-1]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if id(node) not in hidden and _WORDS.search(text) and not _QUERY.match(text):
            yield node, text


def _hidden(node: ast.AST, is_help: bool) -> Iterator[ast.AST]:  # noqa: FBT001  # private
    """Yield the strings in a node that no user sees: documentation, types, parts."""
    match node:
        case ast.FunctionDef(name=name) if is_help and not name.startswith("_"):
            pass
        case ast.Module() | ast.ClassDef() | ast.FunctionDef():
            for each in node.body:
                if isinstance(each, ast.Expr):
                    yield each.value
        case ast.JoinedStr():
            yield from (part for part in ast.walk(node) if part is not node)
        case _:
            pass
    for field in ("annotation", "returns"):
        if kind := getattr(node, field, None):
            yield from ast.walk(kind)


def main() -> None:
    """Print the texts of the commands on the command line."""
    for command in sys.argv[1:]:
        for place, text in texts(command):
            sys.stdout.write(f"{place}  {' '.join(text.split())}\n")


if __name__ == "__main__":
    main()
