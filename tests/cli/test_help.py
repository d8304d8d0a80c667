"""Help: for every command, on any terminal, in any pipe."""

import re
import shlex
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.main import get_command

from rwcap.cli.app import app, run
from rwcap.cli.command_tree import Command, read
from rwcap.cli.help_page import (
    STATUSES,
    definitions,
    example,
    page,
    paragraph,
    summary,
)
from rwcap.core.errors import UsageError
from rwcap.core.exit_status import ExitStatus
from rwcap.core.money import format_price
from rwcap.core.prices import EXAMPLE_PRICES, MAX_PRICE
from tests.conftest import KEY
from tests.process import Rwcap, visible

ROOT = read(get_command(app), "rwcap")
COMMANDS = {command.words: command for command in ROOT.walk()}


@pytest.mark.parametrize("words", COMMANDS)
def test_no_line_is_wider_than_the_terminal(words: str) -> None:
    """And no word is cut, on any from 40 columns on."""
    command = COMMANDS[words]
    told = {word for each in command.takes for word in each.help.split()}
    for columns in range(40, 81):
        text = page(command, columns)

        assert all(len(line) <= columns for line in text.splitlines())
        assert told <= set(text.split())


@pytest.mark.parametrize("words", COMMANDS)
def test_examples_stand_first_and_can_be_copied(words: str) -> None:
    """Where a line is parted, the shell joins it again."""
    command = COMMANDS[words]
    narrow = page(command, 40)

    for line in command.examples:
        typed = line.partition("   ")[0]
        assert f"\n  {line}\n" in page(command, 80)
        (first,) = shlex.split(typed)[:1]
        assert narrow.index(f"\n  {first}") < narrow.index(":\n")
        assert shlex.split(typed) == shlex.split(" ".join(_joined(typed).split()))


def _joined(typed: str) -> str:
    """Return a command as the shell reads it off a narrow page."""
    return "\n".join(example(typed, 40)).replace("\\\n", "")


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_help_fits_the_terminal(rwcap: Rwcap, columns: int) -> None:
    """Lines of at most 100 characters, however wide it is."""
    result = rwcap.on_terminal("batch", "--help", columns=columns)

    widths = {len(line) for line in visible(result.out).splitlines()}
    assert result.status == 0
    assert max(widths) in range(min(columns, 100) - 4, min(columns, 100) + 1)


@pytest.mark.promises("statuses")
def test_help_in_a_pipe_is_plain(rwcap: Rwcap) -> None:
    """Neither colours nor boxes: each character can be typed."""
    for words, command in COMMANDS.items():
        typed = words.split()[1:]
        told = rwcap.with_environment(FORCE_COLOR="1").run(*typed, "--help")
        short = rwcap.run(*typed, "-h")

        assert (told.status, told.err) == (short.status, short.err) == (0, "")
        assert told.out == page(command, 78) + "\n"
        assert short.out == summary(command, 78) + "\n"
        assert told.out.isascii()


@pytest.mark.parametrize("words", COMMANDS)
def test_a_summary_is_one_screen(words: str) -> None:
    """At most thirty lines and fifteen options, and where the rest is told."""
    command = COMMANDS[words]
    shown = summary(command, 80)
    listed = [line for line in shown.splitlines() if line.startswith("  -")]

    assert len(shown.splitlines()) <= 30
    assert len(listed) <= 15
    assert f"Every option: {words} --help. Manual: man rwcap" in shown
    for columns in range(40, 101):
        assert max(map(len, summary(command, columns).splitlines())) <= columns


def test_headings_and_names_are_bold_on_a_terminal(rwcap: Rwcap) -> None:
    """A placeholder is dim, and without the escapes the page is the plain one."""
    told = rwcap.on_terminal("batch", "--help").out
    short = rwcap.on_terminal("batch", "-h").out

    assert "\x1b[1mInput:\x1b[0m" in told
    for shown in (told, short):
        assert "\x1b[1mUsage:\x1b[0m rwcap batch" in shown
        assert "\x1b[1m-p, --prompt\x1b[0m\x1b[2m TEXT\x1b[0m " in shown
        assert "\x1b[1m--alt\x1b[0m  " in shown
        assert "\x1b[1mSOURCE...\x1b[0m " in shown
    narrow = rwcap.on_terminal("batch", "--help", columns=40).out
    assert "\x1b[2m      remove\x1b[0m" in narrow
    assert visible(narrow) == page(COMMANDS["rwcap batch"], 40) + "\n"
    assert visible(told) == page(COMMANDS["rwcap batch"], 80) + "\n"
    assert visible(short) == summary(COMMANDS["rwcap batch"], 80) + "\n"


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_help_is_plain_where_colour_is_unwanted(
    rwcap: Rwcap, variables: dict[str, str]
) -> None:
    """https://no-color.org, and a terminal without escapes."""
    result = rwcap.on_terminal("caption", "-h", variables=variables)

    assert "\x1b" not in result.out
    assert result.out.replace("\r", "") == summary(COMMANDS["rwcap caption"], 80) + "\n"


def test_without_a_key_rwcap_alone_shows_the_way_to_a_caption(rwcap: Rwcap) -> None:
    """Sandbox, key, price: five lines. The price is that of the model's page."""
    result = rwcap.run()

    title, *steps, more = result.out.splitlines()
    prices = f"{format_price(min(EXAMPLE_PRICES))} to {format_price(MAX_PRICE)}"
    assert (result.status, result.err) == (0, "")
    assert title == "Three steps to a caption:"
    assert [step.split("   ")[0] for step in map(str.strip, steps)] == [
        "rwcap caption --sandbox photo.jpg",
        "rwcap config set-key",
        "rwcap caption photo.jpg",
    ]
    assert steps[2].endswith(prices)
    assert more == "All commands: rwcap -h. Every option: rwcap --help."
    assert max(map(len, result.out.splitlines())) <= 78


def test_the_way_to_a_caption_is_shown_without_a_home_and_on_a_narrow_terminal(
    rwcap: Rwcap,
) -> None:
    """Help always works."""
    narrow = rwcap.on_terminal(columns=40)
    nowhere = rwcap.with_environment(HOME="relative", XDG_CONFIG_HOME="").run()

    assert max(map(len, visible(narrow.out).splitlines())) <= 40
    assert nowhere.out == rwcap.run().out


def test_a_command_without_arguments_shows_the_summary(rwcap: Rwcap) -> None:
    """With a key, `rwcap` is `rwcap -h`."""
    named = rwcap.with_environment(RWCAP_API_KEY="k" * 32)
    assert named.run().out == rwcap.run("-h").out
    rwcap.run("config", "set-key", "--no-verify", stdin=KEY.encode())
    assert rwcap.run().out == rwcap.run("-h").out
    assert rwcap.run("config").out == rwcap.run("config", "-h").out


def test_exit_statuses_are_named() -> None:
    """All but the deaths by signal; other pages say where they are told."""
    named = {int(status) for status in re.findall(r"(\d+) ", STATUSES)}

    assert named == {status for status in ExitStatus if status < 128}
    assert STATUSES.split() == page(ROOT, 80).split()[-len(STATUSES.split()) :]
    assert page(COMMANDS["rwcap cost balance"], 80).endswith(
        "More: man rwcap-cost. Exit statuses: rwcap --help."
    )


def test_panels_have_their_names() -> None:
    """The same thing is in the same place everywhere."""
    panels = [panel for command in ROOT.walk() for panel in command.panels]

    assert set(panels) <= {
        *("Input", "Request", "Image", "Output", "Fields", "Money", "Running"),
        *("Other", "Report", "Arguments", "Checks"),
        "Returned image (validated and sent; does not change the caption)",
    }


@pytest.mark.parametrize(
    ("arguments", "error", "hint"),
    [
        (
            "captoin",
            "no such command 'captoin'",
            "rwcap --help (did you mean 'caption'?)",
        ),
        (
            "cost balnce",
            "no such command 'balnce'",
            "rwcap cost --help (did you mean 'balance'?)",
        ),
        (
            "batch --concurency 2",
            "no such option: --concurency",
            "rwcap batch --help (did you mean --concurrency?)",
        ),
        ("zzz", "no such command 'zzz'", "rwcap --help\n"),
        ("caption --zzz", "no such option: --zzz", "rwcap caption --help\n"),
        (
            "batch --budget 1",
            "no such option: --budget",
            "rwcap batch --help (did you mean --max-cost?)",
        ),
        (
            "batch --csv",
            "no such option: --csv",
            "rwcap batch --help (did you mean --output FILE.csv?)",
        ),
        ("caption --csv", "no such option: --csv", "rwcap caption --help\n"),
        (
            "batch --text",
            "no such option: --text",
            "rwcap batch --help (did you mean --write txt?)",
        ),
        (
            "caption --undo",
            "no such option: --undo",
            "rwcap caption --help (did you mean --mode remove?)",
        ),
        ("caption --delimiter ;", "no such option: --delimiter", "rwcap caption --"),
        (
            "caption --output a.txt",
            "no such option: --output",
            "rwcap caption --help (did you mean --write txt?)",
        ),
        ("batch --follow", "no such option: --follow", "rwcap batch --help\n"),
        (
            "caption --out",
            "no such option: --out",
            "rwcap caption --help (did you mean --out-dir or --output-type or",
        ),
        (
            "caption --max-s",
            "no such option: --max-s",
            "rwcap caption --help (did you mean --max-side?)",
        ),
    ],
)
def test_a_misspelling_leads_to_the_right_word(
    rwcap: Rwcap, arguments: str, error: str, hint: str
) -> None:
    """One line says what is wrong, one what to type."""
    result = rwcap.run(*arguments.split())

    assert (result.status, result.out) == (2, "")
    assert result.err.startswith(f"error: {error}\nhint: {hint}")
    assert result.err.count("\n") == 2


@pytest.mark.parametrize("command", ["batch", "cost", "cost estimate"])
def test_an_option_without_its_value_leads_to_the_help_of_the_command(
    rwcap: Rwcap, command: str
) -> None:
    """Not to the help of rwcap, which does not have the option."""
    result = rwcap.run(*command.split(), "--profile")

    assert result.err == (
        "error: option '--profile' requires an argument\n"
        f"hint: rwcap {command} --help\n"
    )


@pytest.mark.parametrize(
    ("option", "kind"), [("--max-depth", "whole number"), ("--grace", "number")]
)
def test_a_value_that_is_no_number_is_refused(
    rwcap: Rwcap, option: str, kind: str
) -> None:
    """In plain words, not with the name of a type."""
    result = rwcap.run("batch", "photos", option, "x")

    # From Typer 0.29 on, the message does not have the value.
    assert re.fullmatch(
        rf"error: invalid value for '{option}': ('x' is )?not a {kind}\n"
        r"hint: rwcap batch --help\n",
        result.err,
    )


@pytest.mark.parametrize(
    ("arguments", "suggestion"),
    [
        (["rocket.jpg"], "rwcap caption rocket.jpg"),
        (["https://example.com/A.JPG"], "rwcap caption https://example.com/A.JPG"),
        (["a file"], "rwcap caption 'a file'"),
        (["."], "rwcap batch ."),
        (["products.csv"], "rwcap batch products.csv"),
        (["cost", "."], "rwcap cost estimate ."),
        (["cost", "rocket.jpg"], "rwcap cost estimate rocket.jpg"),
        (["cost", "yesterday"], "rwcap cost --since yesterday --until yesterday"),
        (["cost", "2026-11"], "rwcap cost --since 2026-11 --until 2026-11"),
        (["cost", "7d"], "rwcap cost --since 7d"),
        (["cost", "tomorrow"], None),
        (["config", "."], None),
    ],
)
def test_a_source_or_a_day_in_place_of_a_command_leads_to_the_command(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    suggestion: str | None,
) -> None:
    """The hint is a command to copy; without a suggestion, it is --help."""
    monkeypatch.chdir(tmp_path)
    Path("a file").touch()
    path = " ".join(["rwcap", *arguments[:-1]])

    with pytest.raises(UsageError) as refused:
        run(arguments)

    assert refused.value.message == f"no such command '{arguments[-1]}'"
    expected = f"did you mean: {suggestion}" if suggestion else f"{path} --help"
    assert refused.value.hint == expected


@pytest.mark.parametrize(
    ("word", "command"),
    [("estimate", "cost estimate"), ("login", "config set-key"), ("help", "--help")],
)
def test_a_word_in_place_of_a_command_leads_to_the_command(
    word: str, command: str
) -> None:
    """The commands of a group are typed without the group."""
    with pytest.raises(UsageError) as refused:
        run([word])

    assert refused.value.hint == f"did you mean: rwcap {command}"


@pytest.mark.promises("estimates")
def test_an_estimate_takes_all_options_of_a_batch_but_those_that_it_names(
    rwcap: Rwcap, tmp_path: Path
) -> None:
    """Two of them are options of the command, which it refuses."""
    batch, estimate = COMMANDS["rwcap batch"], COMMANDS["rwcap cost estimate"]
    (sentence,) = re.findall(r"rwcap batch except (.*?)\. ", " ".join(estimate.notes))
    named = {*re.findall("--[a-z-]+", sentence)}
    taken = {name for option in estimate.options for name in option.names}
    others = {name for option in batch.options for name in option.names} - taken

    assert others == named - {"--watch", "--mode"}
    for refused in (["--watch"], ["--write", "txt", "--mode", "remove"]):
        assert rwcap.run("cost", "estimate", str(tmp_path), *refused).status == 2


def test_a_long_word_is_cut_rather_than_too_wide() -> None:
    """The last resort."""
    assert paragraph("x" * 12, 5) == ["xxxxx", "xxxxx", "xx"]


def test_a_note_stands_under_its_example_where_it_must() -> None:
    """Beside it, if there is room."""
    line = "rwcap cost     see what was spent"

    assert example(line, 80) == [f"  {line}"]
    assert example(line, 30) == ["  rwcap cost", "    see what was spent"]


def test_terms_stand_beside_or_above_what_they_mean() -> None:
    """Two columns if there is room; a long term has its own line."""
    rows = [("-a", "First."), ("--by one|two|three|four|five|six|seven", "Second.")]

    assert definitions(rows, 60) == [
        f"  -a{' ' * 26}First.",
        "  --by one|two|three|four|five|six|seven",
        f"{' ' * 30}Second.",
    ]
    assert definitions(rows, 40) == [
        *("  -a", "      First."),
        "  --by one|two|three|four|five|six|seven",
        "      Second.",
    ]
    assert definitions(rows, 30)[2:4] == [
        "  --by one|two|three|four|",
        "      five|six|seven",
    ]


def test_the_tree_is_read_from_typer() -> None:
    """What is hidden is not in it; what is not declared is derived."""
    sample = typer.Typer()

    @sample.callback(invoke_without_command=False)
    def top() -> None:
        """Do things."""

    @sample.command(hidden=True)
    def secret() -> None:
        """Do nothing."""

    @sample.command()
    def go(
        where: str,
        *,
        level: Annotated[float, typer.Option("--level", help="How far.")] = 0.5,
        hidden: Annotated[bool, typer.Option("--hidden", hidden=True)] = False,
    ) -> None:
        """Go there.

        \b
        go home
        go away

        Or stay.
        """  # noqa: D301  # \b is Click's mark for lines not to be wrapped

    root = read(get_command(sample), "x")
    (command,) = root.commands

    assert (root.usage, root.sentence) == ("[OPTIONS] COMMAND", "Do things.")
    assert command == Command(
        path=("x", "go"),
        sentence="Go there.",
        examples=("go home", "go away"),
        notes=("Or stay.",),
        arguments=command.arguments,
        options=command.options,
    )
    assert command.usage == "[OPTIONS] WHERE"
    assert command.options[0].metavar == "LEVEL"
    assert command.options[0].facts == "[default: 0.5]"
    assert [option.names for option in command.options] == [
        ("--level",),
        ("-h", "--help"),
    ]
