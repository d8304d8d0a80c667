"""Man pages, as their readers see them."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from rwcap.cli.command_tree import Argument, Command, Option
from rwcap.reference.man import Release, page
from rwcap.reference.roff import blocks, definition, marked, plain

MAN = Path(__file__).parents[2] / "man"
PAGES = sorted(path.name for path in MAN.iterdir())


@pytest.mark.program("mandoc")
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_well_formed(name: str) -> None:
    """Not even a warning."""
    done = subprocess.run(
        ["mandoc", "-Tlint", "-W", "warning", MAN / name],  # noqa: S607  # on the path
        capture_output=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize(
    "reader",
    [
        pytest.param("man -l -", marks=pytest.mark.program("man")),
        pytest.param("mandoc", marks=pytest.mark.program("mandoc")),
    ],
)
def test_a_page_can_be_read(reader: str) -> None:
    """In 80 columns, with every section in its place."""
    shown = subprocess.run(
        reader.split(),
        input=(MAN / "rwcap.1").read_text("utf-8"),
        env=os.environ | {"MANWIDTH": "80", "MANPAGER": "cat", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    text = re.sub(".\b", "", shown)

    assert max(map(len, text.splitlines())) <= 80
    assert re.findall(r"^[A-Z ]+$", text, re.MULTILINE) == [
        *("NAME", "SYNOPSIS", "DESCRIPTION", "EXAMPLES", "OPTIONS", "COMMANDS"),
        *("PAYING ONCE", "PROMISES", "SANDBOX", "COMPLETION"),
        *("EXIT STATUS", "ENVIRONMENT", "FILES", "RECORD", "SEE ALSO"),
    ]
    assert "rwcap caption --sandbox photo.jpg" in text


@pytest.mark.program("man")
@pytest.mark.parametrize("name", PAGES)
def test_no_line_of_a_page_is_too_long(name: str) -> None:
    """`man` would warn that it cannot break one."""
    shown = subprocess.run(
        ["man", "-l", MAN / name],  # noqa: S607  # on the path
        env=os.environ | {"MANWIDTH": "80", "MANPAGER": "cat", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        check=True,
    )

    assert shown.stderr == b""


def test_text_is_never_a_command() -> None:
    """What is special to roff is escaped; so are hyphens, to be copied as such."""
    assert plain(".TH a\\b 'c' -d") == "\\&.TH a\\eb \\(aqc\\(aq \\-d"


def test_marks_are_fonts() -> None:
    """But not within a word."""
    assert marked("use `-x` with _FILE_, file_name_x") == (
        "use \\fB\\-x\\fR with \\fIFILE\\fR, file_name_x"
    )


def test_prose_has_paragraphs_lines_and_definitions() -> None:
    """Each in the form that roff has for it."""
    assert blocks(
        "One\ntwo.\n\n    ls -l\n\n- `a`: first\n  letter\n- `b`: second\n"
    ) == [
        *(".PP", "One two."),
        *(".PP", ".RS 4", ".nf", "\\fBls \\-l\\fR", ".fi", ".RE"),
        *(".TP", "\\fBa\\fR", "first letter"),
        *(".TP", "\\fBb\\fR", "second"),
    ]
    assert blocks("") == []
    assert definition("x", "y") == [".TP", "x", "y"]


def test_a_page_follows_from_the_tree() -> None:
    """Names, values, facts; a command like another refers to its page."""
    size = Option(
        names=("-s", "--size"),
        help="As in --scale; N pixels.",
        metavar="N",
        variable="RWCAP_SIZE",
        default="9",
    )
    how = Option(names=("--how",), help="Fast?", metavar="a|b", choices=("a", "b"))
    last = Option(names=("-h", "--help"), help="Help.")
    run = Command(path=("rwcap", "run"), sentence="Run it.", options=(size, how, last))
    twin = Command(
        path=("rwcap", "say", "twin"), sentence="Like it.", options=run.options
    )
    other = Command(
        path=("rwcap", "say", "other"),
        sentence="Unlike it.",
        arguments=(Argument(metavar="WORD", help="A WORD.", required=True),),
        options=(last,),
    )
    say = Command(
        path=("rwcap", "say"),
        sentence="Say it.",
        examples=("rwcap say    aloud",),
        options=(last,),
        commands=(twin, other),
        works_alone=False,
    )
    root = Command(path=("rwcap",), sentence="Do it.", commands=(run, say))
    release = Release(version="1.2", date="2026-01-02")

    of_run = page(run, root, "# FILES\n\n- `f`: A file.\n", release)
    of_say = page(say, root, "", release)

    assert '.TH RWCAP\\-RUN 1 2026-01-02 "rwcap 1.2"' in of_run
    assert "\\fB\\-s\\fR, \\fB\\-\\-size\\fR \\fIN\\fR\n" in of_run
    assert (
        "As in \\fB\\-\\-scale\\fR; \\fIN\\fR pixels. [env var: RWCAP_SIZE;" in of_run
    )
    assert "\\fB\\-\\-how\\fR \\fBa\\fR|\\:\\fBb\\fR\nFast?" in of_run
    assert ".TP\n\\fBRWCAP_SIZE\\fR\nAs \\fB\\-\\-size\\fR.\n.SH FILES\n" in of_run
    assert "Its options are those of \\fBrwcap\\-run\\fR(1)." in of_say
    assert ".TP\n\\fIWORD\\fR\nA \\fIWORD\\fR.\n" in of_say
    assert "\\fBrwcap say\\fR [\\fIOPTIONS\\fR] \\fICOMMAND\\fR\n" in of_say
    assert ".RS 8\naloud\n.RE" in of_say
