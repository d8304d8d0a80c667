"""How a batch goes is shown where somebody sees it, and never in the way."""

import io
import os
import pty
import re
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from rwcap.cli.terminal import live_display, messages, progress, progress_line, summary
from rwcap.core.errors import AmbiguousError, InputError
from rwcap.core.money import Micros
from rwcap.core.record import CostSource, ErrorDetails, Record, RecordStatus
from rwcap.outputs.report import RunStatistics
from rwcap.usecases.batch.limits import BatchState, LimitUsage
from tests.process import Rwcap, visible
from tests.scripted_run import MARK, on_terminal, start

if TYPE_CHECKING:
    import subprocess

PLACES = summary.Places()

BAR = "━" * 40
IN_FLIGHT = "3 in flight (max 8)"

MIXED = """
with show() as view:
    land("photos/harbour.jpg", "A lively harbour.")
    land("photos/old.jpg", "Written earlier.", RecordStatus.SKIPPED)
    land("photos/street.jpg", "A street in the rain.")
    fail("photos/notes.txt", "photos/notes.txt: not an image")
    land("photos/cat.jpg", "A cat on a wall.", RecordStatus.CACHED)
    draw()
"""

LONG = """
with show() as view:
    land("photos/" * 9 + "harbour.jpg", "A harbour at dusk.")
    land("a.jpg", "Three boats sail home before the night falls. " * 9)
    land("目錄/" * 30 + "図.jpg", "図書館の前に立つ二人の人 🐈 " * 30)
    draw()
"""


class Idle:
    """A batch that does nothing."""

    state = BatchState(concurrency=4)

    def first_limit(self) -> LimitUsage | None:
        """Return None: there is no limit."""


def picture(rwcap: Rwcap, script: str, columns: int = 80, rows: int = 24) -> list[str]:
    """Return the lines that a script drew on a terminal."""
    [drawn] = on_terminal(rwcap, script, columns, rows).screen.pictures
    return drawn.splitlines()


def record(**fields: object) -> Record:
    """Return the record of a bought caption with some fields replaced."""
    usual = {
        "source": "a.jpg",
        "status": RecordStatus.OK,
        "text": "A harbour.",
        "cost": Micros(1300),
        "cost_source": CostSource.API,
        "seconds": 1.0,
    }
    return Record(**(usual | fields))  # type: ignore[arg-type]  # a test's shorthand


@pytest.fixture
def quiet() -> Iterator[None]:
    """Set -q for one test."""
    before = messages.verbosity.set(-1)
    yield
    messages.verbosity.reset(before)


# On a terminal


def test_the_last_captions_stand_under_the_state(rwcap: Rwcap) -> None:
    """Skipped images are counted, not shown; a failure shows its reason."""
    assert picture(rwcap, MIXED) == [
        f"{BAR}  5 of 10,000 done",
        "$0.0026 spent, 1 failed, 1 done earlier, 1 reused free, 2 captioned,",
        IN_FLIGHT,
        "photos/street.jpg  A street in the rain.",
        "photos/notes.txt  not an image",
        "photos/cat.jpg  A cat on a wall.",
    ]


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_no_line_is_wider_than_the_terminal(rwcap: Rwcap, columns: int) -> None:
    """A cut caption ends in an ellipsis; characters may be two columns wide."""
    *_, harbour, boats, library = picture(rwcap, LONG, columns)

    assert harbour.endswith("harbour.jpg  A harbour at dusk.")
    assert boats.startswith("a.jpg  Three boats")
    assert re.fullmatch(r"…[^ ]+図\.jpg  図書館.*…", library)
    assert all(cell_len(line) <= columns for line in (harbour, boats, library))
    assert boats.endswith("…")


def test_an_emoji_that_is_wider_than_expected_takes_no_row(rwcap: Rwcap) -> None:
    """Terminals differ: this one shows the parts of an emoji one by one."""
    script = """
with show() as view:
    land("a.jpg", "🐈‍⬛❤️ " * 30)
    land("b.jpg", "A harbour.")
    draw()
"""

    _, _, cat, harbour = picture(rwcap, script)

    assert cat.startswith("a.jpg  🐈⬛❤ 🐈⬛❤")
    assert harbour == "b.jpg  A harbour."


def test_names_are_cut_before_captions_are(rwcap: Rwcap) -> None:
    """A path loses its beginning first."""
    *_, harbour, boats, _ = picture(rwcap, LONG, columns=40)

    assert harbour == "…/photos/harbour.jpg  A harbour at dusk."
    assert boats == "a.jpg  Three boats sail home before the…"


@pytest.mark.parametrize(("rows", "captions"), [(2, 0), (4, 0), (5, 1), (6, 2), (7, 3)])
def test_a_short_terminal_shows_fewer_captions(
    rwcap: Rwcap, rows: int, captions: int
) -> None:
    """The newest and the newest failure; a row is left for the cursor."""
    first, *lines = picture(rwcap, MIXED, rows=rows)

    newest = ["photos/street.jpg", "photos/notes.txt", "photos/cat.jpg"]
    assert first.endswith("5 of 10,000 done")
    assert [line.split("  ")[0] for line in lines[2:]] == newest[3 - captions :]


def test_hostile_text_cannot_touch_the_terminal(rwcap: Rwcap) -> None:
    """No escape, no override, no markup, no line of its own, no half character."""
    script = r"""
with show() as view:
    land("a\n\x1b[2J\udce9\u202e.jpg", "[red]x[/red]\n:smile: \x9b2J\u202e ok")
    draw()
"""

    terminal = on_terminal(rwcap, script)

    [drawn] = terminal.screen.pictures
    assert drawn.splitlines()[2:] == ["a??[2J\ufffd.jpg  [red]x[/red] :smile: 2J ok"]
    assert "\x1b[2J" not in terminal.written


def test_messages_and_data_go_above_the_display(rwcap: Rwcap) -> None:
    """The display returns below them, and is erased at the end."""
    script = """
with show() as view:
    land("a.jpg", "A harbour.")
    draw()
    view.say("busy; try 2 of 5")
    mark()
    with view.hidden():
        sys.stderr.write("a.jpg\\tA harbour.\\n")
        view.say("in between")
        mark()
    mark()
"""

    screen = on_terminal(rwcap, script, rows=50).screen

    display = f"{BAR}  1 of 10,000 done\n"
    display += f"$0.0013 spent, 1 captioned, {IN_FLIGHT}\n"
    display += "a.jpg  A harbour.\n"
    before, after_message, within, after = screen.pictures
    assert before == display
    assert after_message == f"busy; try 2 of 5\n{display}"
    assert within == "busy; try 2 of 5\na.jpg   A harbour.\nin between\n"
    assert after == within + display
    assert screen.text == within


def test_nothing_is_drawn_between_two_pictures(rwcap: Rwcap) -> None:
    """The number of records does not matter."""
    script = """
with show() as view:
    for number in range(5000):
        land(f"{number}.jpg", "A harbour.")
    mark()
    draw()
"""

    terminal = on_terminal(rwcap, script)

    assert terminal.written.startswith(MARK)
    first, *_ = terminal.screen.pictures[1].splitlines()
    assert first.endswith("  5,000 of 10,000 done")


def test_the_display_is_refreshed_while_the_run_waits(rwcap: Rwcap) -> None:
    """An error erases it, too."""
    script = """
progress.REFRESH_INTERVAL = 0.001
try:
    with show() as view:
        land("a.jpg", "A harbour.")
        wait_for_beats()
        raise KeyError
except KeyError:
    sys.stderr.write("stopped")
"""

    terminal = on_terminal(rwcap, script)

    assert "1 of 10,000 done" in visible(terminal.written)
    assert terminal.screen.text == "stopped"


def test_colours_can_be_switched_off(rwcap: Rwcap) -> None:
    """The failure is red, but not with NO_COLOR."""
    coloured = on_terminal(rwcap, MIXED).written
    plain = on_terminal(rwcap, MIXED, NO_COLOR="1").written

    colour = re.compile(r"\x1b\[[0-9;]*3[0-9]")
    assert colour.search(coloured)
    assert not colour.search(plain)
    assert visible(coloured).replace("━", " ") == visible(plain).replace("━", " ")


def test_a_terminal_that_cannot_move_its_cursor_gets_lines(rwcap: Rwcap) -> None:
    """With TERM=dumb, there are periodic lines without escape sequences."""
    script = """
progress.LINE_INTERVAL = 0.001
with show() as view:
    land("a.jpg", "A harbour.")
    wait_for_beats()
summary.show_summary(tally, left=None, seconds=1.0, places=PLACES,
                     sandbox=False, command=None)
"""

    written = on_terminal(rwcap, script, TERM="dumb").written

    assert "1 of 10,000 done, $0.0013\n" in written
    assert written.endswith("seconds: 1.0\np50 seconds: 1.01\np95 seconds: 1.01\n")
    assert "\x1b" not in written


LIMITED = """
limited(420_000)
batch.state = BatchState(concurrency=8, waiting=3{pause})
with show(total=None) as view:
    land("a.jpg", "A harbour.")
    {notice}
    draw()
"""


@pytest.mark.parametrize(
    ("pause", "notice", "shown"),
    [
        (
            ", pause=7.4",
            "view.explain('too busy\\x1b[2J')",
            "paused for 8 s: too busy[2J",
        ),
        (", in_flight=1, pause=0.6", "", "paused for 1 s"),
        ("", "view.explain('no connection')", "waiting: no connection"),
        ("", "", "waiting"),
    ],
)
def test_a_pause_has_its_reason(
    rwcap: Rwcap, pause: str, notice: str, shown: str
) -> None:
    """Below the limit that stops the run first."""
    _, _, limit, waiting, caption = picture(
        rwcap, LIMITED.format(pause=pause, notice=notice)
    )

    assert limit == "━" * 16 + "╸" + "━" * 23 + "  $0.4213 of $1.0000 limit today"
    assert waiting == shown
    assert caption == "a.jpg  A harbour."


def test_a_narrow_terminal_shows_figures_before_bars(rwcap: Rwcap) -> None:
    """A bar that has no room beside its text is below it; counts are not cut."""
    script = LIMITED.format(pause=", pause=9", notice="view.explain('busy; no')")

    assert picture(rwcap, script, columns=24) == [
        *("━" * 16 + "  1 done", "$0.0013 spent,", "1 captioned,"),
        *("0 in flight (max 8)", "$0.4213 of $1.0000 limi…", "━" * 10 + "╺" + "━" * 13),
        *("paused for 9 s: busy", "a.jpg  A harbour."),
    ]


def test_a_ledger_that_cannot_be_read_hides_the_limit(rwcap: Rwcap) -> None:
    """The run goes on, and so does the display."""
    script = """
def busy():
    raise InputError("the ledger is busy", code="x")

batch.first_limit = busy
with show() as view:
    land("a.jpg", "A harbour.", cost=None)
    draw()
"""

    assert picture(rwcap, script) == [
        f"{BAR}  1 of 10,000 done",
        "$0.0000 spent, 1 with unknown cost, 1 captioned, 3 in flight (max 8)",
        "a.jpg  A harbour.",
    ]


def test_requests_in_flight_are_never_more_than_all(rwcap: Rwcap) -> None:
    """The concurrency falls below their number when the service is busy."""
    script = """
batch.state = BatchState(concurrency=7, in_flight=8)
with show() as view:
    draw()
"""

    assert picture(rwcap, script)[1] == "$0.0000 spent, 8 in flight (max 8)"


def test_the_newest_failure_stays_on_the_display(rwcap: Rwcap) -> None:
    """It takes the first place when newer captions follow."""
    script = """
with show() as view:
    fail("bad.jpg", "not an image")
    for number in range(5):
        land(f"{number}.jpg", "A harbour.")
    draw()
"""

    _, _, *lines = picture(rwcap, script)

    assert lines == [
        *("bad.jpg  not an image", "3.jpg  A harbour.", "4.jpg  A harbour.")
    ]


TEXTS = st.text(st.characters(codec=None))


@given(
    st.lists(st.tuples(TEXTS, TEXTS, st.booleans()), max_size=5),
    st.integers(1, 200),
    st.integers(1, 30),
)
def test_any_record_fits_any_terminal(
    texts: list[tuple[str, str, bool]], columns: int, rows: int
) -> None:
    """A row for each caption, and none wider than the terminal."""
    line = progress_line.ProgressLine(RunStatistics(), lambda: 0.0, lambda: None)
    display = live_display.LiveDisplay(line, Idle())
    display._console = Console(
        file=io.StringIO(), width=columns, height=rows, markup=False, emoji=False
    )
    for source, text, fails in texts:
        error = ErrorDetails.from_error(InputError(text, code="x")) if fails else None
        display.add_record(record(source=source, text=text, error=error))

    frame, widths = display._render()
    *lines, rest = visible(frame).split("\n")

    assert 1 <= len(lines) <= max(rows - 1, 1)
    assert [cell_len(line) for line in lines] == widths
    assert max(widths) <= columns
    assert rest == ""


# Elsewhere


def test_without_a_terminal_lines_are_periodic(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Messages and progress are plain lines."""
    monkeypatch.setattr(progress, "LINE_INTERVAL", 0.001)
    tally, written = RunStatistics(), ""
    tally.add(record())
    deadline = time.monotonic() + 30

    with progress.show_progress(
        tally, now=lambda: 0.0, total=lambda: None, batch=Idle()
    ) as view:
        view.add_record(record())
        view.say("busy; try 2 of 5")
        while written.count("\n") < 3 and time.monotonic() < deadline:
            written += capsys.readouterr().err

    assert set(written.splitlines()) == {"busy; try 2 of 5", "1 done, $0.0013"}


def test_a_short_run_prints_no_progress_without_a_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The first line comes after 30 seconds."""
    with progress.show_progress(
        RunStatistics(), now=lambda: 0.0, total=lambda: 1, batch=Idle()
    ) as view:
        view.add_record(record())

    assert capsys.readouterr().err == ""
    assert progress.LINE_INTERVAL == 30


@pytest.mark.usefixtures("quiet")
def test_quiet_prints_no_messages(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """This includes messages of other threads, which do not inherit -q."""
    monkeypatch.setattr(progress, "LINE_INTERVAL", 0.0)
    tally = RunStatistics()

    with progress.show_progress(
        tally, now=lambda: 0.0, total=lambda: 1, batch=Idle()
    ) as view:
        view.add_record(record())
        worker = threading.Thread(target=view.say, args=["busy"])
        worker.start()
        worker.join()
        with view.hidden():
            pass
    summary.show_summary(
        tally,
        left=None,
        seconds=1.0,
        places=PLACES,
        sandbox=False,
        command="rwcap batch .",
    )

    assert capsys.readouterr().err == ""


# Where nobody listens

FAILING = """
progress.LINE_INTERVAL = progress.REFRESH_INTERVAL = 0.001
with show() as view:
    land("a.jpg", "A harbour.")
    wait_for_beats()
    print("begun", flush=True)
    sys.stdin.read()
    wait_for_beats()
    land("b.jpg", "A harbour.")
    view.say("busy")
summary.show_summary(
    tally, left=None, seconds=1.0, places=PLACES, sandbox=False, command="rwcap batch ."
)
print("ended", flush=True)
sys.stderr = None  # or Python itself complains that it cannot be written
"""


def run_to_the_end(process: "subprocess.Popen[bytes]", *listening: int) -> str:
    """Return the output of a script after its standard error has closed."""
    assert process.stdout
    try:
        begun = process.stdout.readline()
        for descriptor in listening:
            os.close(descriptor)
        ended, _ = process.communicate(timeout=60)
    finally:
        process.kill()

    assert process.returncode == 0
    return (begun + ended).decode()


def test_a_full_disk_does_not_stop_the_run(rwcap: Rwcap) -> None:
    """`2> log` on a disk without space."""
    full = os.open("/dev/full", os.O_WRONLY)
    process = start(rwcap, FAILING, full)
    os.close(full)

    assert run_to_the_end(process) == "begun\nended\n"


def test_a_pipe_that_nobody_reads_does_not_stop_the_run(rwcap: Rwcap) -> None:
    """`2> >(head -1)`."""
    reader, writer = os.pipe()
    process = start(rwcap, FAILING, writer)
    os.close(writer)

    assert run_to_the_end(process, reader) == "begun\nended\n"


def test_a_terminal_that_goes_away_does_not_stop_the_run(rwcap: Rwcap) -> None:
    """The run was started with `nohup`, and the window closed."""
    outside, inside = pty.openpty()
    process = start(rwcap, FAILING, inside)
    os.close(inside)

    assert run_to_the_end(process, outside) == "begun\nended\n"


# The state in one line


def line_of(
    tally: RunStatistics, clock: list[float], total: int | None
) -> progress_line.ProgressLine:
    """Return the progress line of a run; the clock shows the last item of `clock`."""
    return progress_line.ProgressLine(tally, lambda: clock[-1], lambda: total)


def add(tally: RunStatistics, count: int, **fields: object) -> None:
    """Add equal records."""
    for _ in range(count):
        tally.add(record(**fields))


def test_the_line_shows_progress_and_rate() -> None:
    """Counts with separators, the money, the rate, the time left."""
    tally, clock = RunStatistics(), [0.0]
    line = line_of(tally, clock, 10_000)
    failure = ErrorDetails.from_error(AmbiguousError("no answer", code="timeout"))
    add(tally, 1400)
    add(tally, 3, status=RecordStatus.AMBIGUOUS, text=None, cost=None, error=failure)
    clock.append(112.0)

    assert line.format() == (
        "1,403 of 10,000 done, 3 failed, $1.8200, 12.5/s, 11 min left"
    )


def test_only_purchases_count_for_the_rate() -> None:
    """A run that skips a thousand images does not promise a quick end."""
    tally, clock = RunStatistics(), [0.0]
    line = line_of(tally, clock, 1100)
    add(tally, 1000, status=RecordStatus.SKIPPED, cost_source=CostSource.LEDGER)
    clock.append(1.0)
    before = line.format()
    add(tally, 10)
    clock.append(20.0)

    assert before == "1,000 of 1,100 done, $0.0000"
    assert line.format() == "1,010 of 1,100 done, $0.0130, 30.0/min, 3 min left"


def test_the_rate_covers_only_its_window() -> None:
    """A slow first hour does not lower the present rate."""
    tally, clock = RunStatistics(), [0.0]
    line = line_of(tally, clock, None)
    add(tally, 1)
    lines = []

    for seconds in (3600.0, 3615.0, 3630.0):
        clock.append(seconds)
        lines.append(line.format().split(", ")[-1])
        add(tally, 150)

    assert lines == ["0.0/min", "2.5/min", "10.0/s"]


def test_an_unknown_cost_is_not_hidden() -> None:
    """With `--no-include-cost`, the line has the number of unknown costs."""
    tally = RunStatistics()
    add(tally, 2, cost=None, cost_source=CostSource.NONE)

    assert line_of(tally, [0.0], 2).format() == (
        "2 of 2 done, $0.0000, 2 with unknown cost"
    )


@pytest.mark.parametrize(
    ("seconds", "left"),
    [
        (0.4, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "120 min"),
        (7200, "2 h"),
        (172_800, "2 d"),
    ],
)
def test_the_time_left_is_rounded(seconds: float, left: str) -> None:
    """The unit is the largest of which there are at least two."""
    assert progress_line.format_duration(seconds) == left


# The end


def ended() -> RunStatistics:
    """Return the statistics of a run with all kinds of records."""
    tally = RunStatistics()
    failure = ErrorDetails.from_error(InputError("empty", code="emptyImage"))
    add(tally, 1200)
    add(tally, 2, cost=None, cost_source=CostSource.NONE)
    add(tally, 3, status=RecordStatus.SKIPPED, cost_source=CostSource.LEDGER)
    add(tally, 1, status=RecordStatus.FAILED, text=None, cost=None, error=failure)
    return tally


def test_the_summary_is_a_line_for_each_number(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The command that continues the run is the last line, unchanged."""
    again = "rwcap batch 'My  Photos'"

    summary.show_summary(
        ended(), left=7, seconds=61.25, places=PLACES, sandbox=False, command=again
    )

    assert capsys.readouterr().err == (
        "ok: 1,202\n"
        "skipped: 3\n"
        "failed: 1\n"
        "error (input): 1\n"
        "spent: $1.5600\n"
        "cost unknown: 2\n"
        "saved: $0.0039\n"
        "seconds: 61.2\n"
        "p50 seconds: 1.01\n"
        "p95 seconds: 1.01\n"
        "not done yet: 7\n"
        "continue with: rwcap batch 'My  Photos'\n"
    )


def test_the_summary_without_records_is_short(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It has no counts and no times; prices of the sandbox are marked."""
    summary.show_summary(
        RunStatistics(),
        left=None,
        seconds=0.0,
        places=PLACES,
        sandbox=True,
        command=None,
    )

    assert capsys.readouterr().err == (
        "spent: [sandbox] $0.0000\nsaved: [sandbox] $0.0000\nseconds: 0.0\n"
    )


SUMMARY = """
with show() as view:
    for number in range(5):
        fail(f"{number}.txt", f"{number}.txt: [red]no[/red]\\x1b[2J image")
    for _ in range(4):
        fail("a.jpg", "no credits left", CreditsError, hint=None)
    land("a.jpg", "A cat.", outputs=("a.txt",))
    land("b.jpg", "A cat.", outputs=("b.xmp",))
    land("c.jpg", "A cat.", outputs=("c.jpg",))
    land("d.jpg", "A cat.", outputs=("d.jpg",))
    land("e.jpg", "A cat.", status=RecordStatus.CACHED)
    land("f.jpg", "A cat.", cost=None)
summary.show_summary(
    tally, left=1200, seconds=130.0, places=PLACES, sandbox=True,
    command="rwcap batch --sandbox a-folder-with-a-long-name",
)
"""

FAILURES = """\
5 failed: unusable input
  0.txt: [red]no[/red][2J image
  1.txt: [red]no[/red][2J image
  2.txt: [red]no[/red][2J image
  and 2 more (-v prints each)
  hint: rwcap  --help

4 failed: account out of credit
  no credits left

outcome      images  [sandbox] dollars
captioned         5            $0.0052
reused free       1
failed            9
total            15            $0.0052

"""


def test_on_a_terminal_the_summary_is_a_table(rwcap: Rwcap) -> None:
    """Failures are grouped by kind; equal messages are shown once."""
    screen = on_terminal(rwcap, SUMMARY, rows=50).screen

    assert screen.text == (
        f"{FAILURES}written         1 .xmp file beside the images\n"
        "                2 images (metadata)\n"
        "                1 .txt file beside the images\n"
        "cost unknown    1\n"
        "saved by reuse  [sandbox] $0.0013\n"
        "time            2 min, 2.3/min\n"
        "per caption     median 1.0 s, 95 % within 1.0 s\n"
        "not done yet    1,200\n"
        "continue with: rwcap batch --sandbox a-folder-with-a-long-name\n"
    )


def test_the_summary_fits_a_narrow_terminal(rwcap: Rwcap) -> None:
    """Facts are wrapped between words; the command is not wrapped."""
    script = "PLACES = summary.Places('caption', 'out', 'all [b].csv')\n" + SUMMARY

    screen = on_terminal(rwcap, script, columns=40, rows=50).screen

    assert screen.text == (
        f"{FAILURES}written         1 .xmp file in out\n"
        "                2 images (metadata)\n"
        "                1 .caption file in out\n"
        "                records in all [b].csv\n"
        "cost unknown    1\n"
        "saved by reuse  [sandbox] $0.0013\n"
        "time            2 min, 2.3/min\n"
        "per caption     median 1.0 s, 95 %\n"
        "                within 1.0 s\n"
        "not done yet    1,200\n"
        "continue with: rwcap batch --sandbox a-f\n"
        "older-with-a-long-name\n"
    )


def test_the_summary_of_a_run_that_bought_nothing_is_short(rwcap: Rwcap) -> None:
    """It has a duration, but neither a rate nor latencies."""
    script = """
with show() as view:
    land("old.jpg", "Written earlier.", RecordStatus.SKIPPED, cost=None)
summary.show_summary(
    tally, left=None, seconds=1.25, places=PLACES, sandbox=False, command=None
)
"""

    screen = on_terminal(rwcap, script, rows=50).screen

    assert screen.text == (
        "outcome       images  dollars\n"
        "done earlier       1\n"
        "total              1  $0.0000\n"
        "\n"
        "time  1.2 s\n"
    )
