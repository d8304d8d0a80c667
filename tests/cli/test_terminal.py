"""Output of commands on a terminal."""

import io
import os
import re
import sys
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from rwcap.cli.terminal import messages, spinner
from tests import draw
from tests import service as faults
from tests.process import Rwcap, visible
from tests.service import Service
from tests.terminal import SIZES, Terminal

if TYPE_CHECKING:
    from rwcap.usecases.context import Context

PHOTO = str(draw.FOLDER / "harbour.jpg")
TEXT = "A lively harbour at dusk, where three boats sail home before the night falls."


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_caption_is_wrapped_between_words(
    connected: Rwcap, service: Service, columns: int
) -> None:
    """No line is wider than the terminal, and no word is cut."""
    service.captions.append(faults.caption(TEXT))

    result = connected.on_terminal("caption", PHOTO, columns=columns)

    lines = visible(result.out).splitlines()
    assert result.status == 0
    assert all(len(line) <= columns for line in lines)
    assert " ".join(line.strip() for line in lines) == TEXT


def test_the_cost_is_on_standard_error(connected: Rwcap, service: Service) -> None:
    """It is one line on standard error."""
    service.captions.append(faults.caption(TEXT))

    result = connected.on_terminal("caption", PHOTO)

    assert "$" not in result.out
    assert re.search(r"\$0\.0013, \d+\.\d s\n$", visible(result.err))


def test_several_captions_follow_the_names_of_their_images(rwcap: Rwcap) -> None:
    """Each has the name, the text and an empty line."""
    result = rwcap.on_terminal("caption", "--sandbox", PHOTO, "missing.jpg", PHOTO)

    shown = visible(result.out).replace("\n\n", "|").replace("\n", " ")
    assert result.status == 3
    assert shown.count(".jpg [sandbox] A JPEG image") == 2
    assert "error: missing.jpg: no such file" in visible(result.err)


def test_a_hostile_caption_cannot_touch_the_terminal(
    connected: Rwcap, service: Service
) -> None:
    """Escapes, overrides and markup are neutralised; words and emoji are kept."""
    hostile = "\x1b]0;owned\x07[red]cat[/red] :smile: \u202e🐈\u202c \x9b2J done"
    service.captions.append(faults.caption(hostile))

    result = connected.on_terminal("caption", PHOTO)

    assert result.out == "]0;owned[red]cat[/red] :smile: 🐈 2J done\n"


@pytest.mark.parametrize("columns", SIZES)
def test_a_spinner_names_the_stage(
    connected: Rwcap, service: Service, columns: int
) -> None:
    """It waits, tells why it waits longer and how long, and leaves nothing behind."""
    answered = threading.Event()
    busy = faults.status(429, headers={"Retry-After": "2"})
    service.captions += [busy, faults.hold(answered)]
    (connected.home / "1.jpg").write_bytes(draw.snapshot(1))
    terminal = Terminal(columns)

    process = connected.start_on([terminal] * 3, "caption", "1.jpg")
    paused = terminal.wait_for("1.jpg  retrying in")
    waiting = terminal.wait_for("1.jpg  waiting for the service")
    answered.set()
    status = process.wait(60)
    terminal.close()

    assert status == 0
    assert re.search(r"1.jpg  retrying in [12] s: Runware[^;]+$", paused)
    assert len(paused.splitlines()) == len(waiting.splitlines()) == 1
    assert terminal.screen.text.startswith("Picture 1.\n$0.0013, ")


def test_a_spinner_waits_for_standard_input(rwcap: Rwcap) -> None:
    """An image that another program makes may take a while."""
    reading, writing = os.pipe()
    terminal = Terminal()
    on_terminal = rwcap.with_environment(TERM="xterm-256color")

    process = on_terminal.fork(
        ["caption", "--sandbox", "-"], [reading, terminal.inside, terminal.inside]
    )
    for end in (reading, terminal.inside):
        os.close(end)
    terminal.wait_for("-  reading")
    os.write(writing, draw.snapshot(1))
    os.close(writing)
    status = process.wait(60)
    terminal.close()

    assert status == 0
    assert terminal.screen.text.startswith("[sandbox] A JPEG image")


def test_hostile_reasons_cannot_touch_the_terminal(
    connected: Rwcap, service: Service
) -> None:
    """The service says why it is busy."""
    message = "[red]no\x1b[2J[/red]\n:x:"
    pause = {"Retry-After": "2"}
    busy = faults.status(429, "rateLimit", message=message, headers=pause)
    service.captions.append(busy)
    (connected.home / "1.jpg").write_bytes(draw.snapshot(1))
    terminal = Terminal()

    process = connected.start_on([terminal] * 3, "caption", "1.jpg")
    shown = terminal.wait_for("retrying in")
    status = process.wait(60)
    terminal.close()

    assert status == 0
    assert shown.endswith("busy (rateLimit): [red]no[2J[/red] :x:")


def test_a_verbose_caption_prints_the_reasons_for_delays(
    connected: Rwcap, service: Service
) -> None:
    """The spinner shows them for a while, -v for good."""
    service.captions.append(faults.status(429, headers={"Retry-After": "0.01"}))

    _, brief = connected.on_screen("caption", PHOTO, "--fresh")
    service.captions.append(faults.status(429, headers={"Retry-After": "0.01"}))
    _, verbose = connected.on_screen("caption", PHOTO, "--fresh", "-v")

    assert "too busy" not in brief.screen.text
    assert "Runware is too busy" in verbose.screen.text


def test_a_caption_that_comes_soon_needs_no_spinner(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is written before the delay is over."""
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(spinner, "DELAY", 3600.0)
    monkeypatch.setenv("TERM", "xterm")
    context = cast("Context", SimpleNamespace(_replace=dict))

    with spinner.spinner("harbour.jpg", context) as watched:
        assert watched is not context

    assert screen.getvalue() == ""


@pytest.mark.parametrize("variable", ["NO_COLOR", "TERM"])
def test_colours_can_be_switched_off(rwcap: Rwcap, variable: str) -> None:
    """NO_COLOR and TERM=dumb switch them off."""
    value = {"NO_COLOR": "1", "TERM": "dumb"}[variable]

    result = rwcap.on_terminal("caption", "x.jpg", variables={variable: value})

    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", result.err)
    assert "error: x.jpg: no such file\n" in visible(result.err)


def test_errors_are_coloured_on_a_terminal_and_on_request(rwcap: Rwcap) -> None:
    """FORCE_COLOR colours a pipe, unless NO_COLOR is set; `error:` is always there."""
    on_terminal = rwcap.on_terminal("caption", "x.jpg").err
    forced = rwcap.with_environment(FORCE_COLOR="1").run("caption", "x.jpg").err
    piped = rwcap.run("caption", "x.jpg").err
    both = rwcap.with_environment(FORCE_COLOR="1", NO_COLOR="1")

    assert "\x1b[1;31merror: \x1b[0m" in on_terminal
    assert "\x1b[1;31merror: \x1b[0m" in forced
    assert "\x1b" not in piped
    assert both.run("caption", "x.jpg").err == piped
    assert visible(on_terminal).endswith(piped)
    assert visible(forced) == piped


@pytest.mark.promises("statuses")
def test_data_is_never_coloured(rwcap: Rwcap) -> None:
    """FORCE_COLOR does not change standard output."""
    forced = rwcap.with_environment(FORCE_COLOR="1")

    result = forced.run("caption", "--sandbox", PHOTO, PHOTO)

    assert "\x1b" not in result.out


def test_a_terminal_as_standard_input_is_an_error(rwcap: Rwcap) -> None:
    """An image cannot be typed."""
    result = rwcap.on_terminal("caption", "--sandbox", "-")

    assert result.status == 1
    assert "hint: rwcap caption - < photo.jpg" in visible(result.err)


def test_help_fits_a_terminal(rwcap: Rwcap) -> None:
    """It has 80 columns, examples first, and options in panels."""
    result = rwcap.on_terminal("caption", "--help")
    shown = visible(result.out)

    assert result.status == 0
    assert all(len(line) <= 80 for line in shown.splitlines())
    assert shown.index("rwcap caption photo.jpg") < shown.index("--prompt")
    assert re.findall(r"^(\S.*):$", shown, re.MULTILINE) == [
        "Input",
        "Request",
        "Image",
        "Output",
        "Fields",
        "Money",
        "Running",
        "Returned image (validated and sent; does not change the caption)",
        "Other",
    ]


@pytest.mark.parametrize("arguments", [[], ["-h"], ["--help"], ["config"]])
def test_help_is_printed_on_request(rwcap: Rwcap, arguments: list[str]) -> None:
    """A group without a command prints its help."""
    result = rwcap.run(*arguments)

    assert (result.status, result.err) == (0, "")
    assert result.out.startswith(("Usage: rwcap", "Three steps"))


class ClosedPipe(io.StringIO):
    """A pipe whose reader has closed it."""

    def write(self, text: str, /) -> int:
        """Fail."""
        raise BrokenPipeError(text)


def test_a_closed_pipe_is_an_error_and_no_end() -> None:
    """Rich would end the process."""
    with pytest.raises(BrokenPipeError):
        messages.console(ClosedPipe()).print("text")
