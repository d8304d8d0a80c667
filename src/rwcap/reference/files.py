"""The generated files of `man` and `completions`."""

import re

from typer.main import get_command

from rwcap.cli.app import app
from rwcap.cli.command_tree import Command, read
from rwcap.reference import bash, fish, powershell, zsh
from rwcap.reference.check_figures import check_table
from rwcap.reference.man import Release, page, title
from rwcap.reference.promise_figures import promise_table
from rwcap.reference.texts import filled


def tree() -> Command:
    """Return the command tree of rwcap."""
    return read(get_command(app), "rwcap")


def render(changelog: str) -> dict[str, str]:
    """Return the files by name, with the date of the newest release.

    A test compares them, so today's date cannot be in them.
    """
    newest = re.search(r"^## \[(\d[^\]]*)\] - (\S+)$", changelog, re.MULTILINE)
    assert newest, "the changelog names no release"  # noqa: S101  # of ours
    release = Release(version=newest[1], date=newest[2])
    root = tree()
    files = {}
    for command in (root, *root.commands):
        prose = filled(
            f"{title(command)}.txt", checks=check_table(), promises=promise_table()
        )
        files[f"man/{title(command)}.1"] = page(command, root, prose, release)
    files["completions/rwcap.bash"] = bash.script(root)
    files["completions/_rwcap"] = zsh.script(root)
    files["completions/rwcap.fish"] = fish.script(root)
    files["completions/rwcap.ps1"] = powershell.script(root)
    return files
