"""A batch without a service: a script says what happens, and a terminal shows it."""

import os
import subprocess
import sys

from tests.process import Rwcap
from tests.terminal import Terminal

MARK = "\a"
"""What a script writes where a test looks: the bell of the terminal."""

BEGINNING = f"""
import sys, time
from rwcap.cli.terminal import progress, summary
from rwcap.core.errors import CreditsError, InputError
from rwcap.core.record import CostSource, ErrorDetails, Record, RecordStatus
from rwcap.ledger.budget import Period, PeriodUsage
from rwcap.outputs.report import RunStatistics
from rwcap.usecases.batch.limits import BatchState, LimitUsage

PLACES = summary.Places()
progress.REFRESH_INTERVAL = 3600.0  # the script says when
tally = RunStatistics()

def land(source, text, status=RecordStatus.OK, cost=1300, outputs=()):
    take(Record(source=source, status=status, text=text, cost=cost,
                cost_source=CostSource.API, seconds=1.0, outputs=outputs))

def fail(source, message, kind=InputError, hint="rwcap  --help"):
    failure = kind(message, code="x", hint=hint)
    error = ErrorDetails.from_error(failure)
    take(Record(source=source, status=RecordStatus.FAILED, error=error))

def take(record):
    tally.add(record)
    view.add_record(record)

beats = []

def now():
    beats.append("one for each line or picture")
    return 5.0

class Batch:
    state = BatchState(concurrency=8, in_flight=3)

    def first_limit(self):
        return None

batch = Batch()

def limited(spent):
    usage = lambda: PeriodUsage(spent + tally.spent, in_progress=0, ambiguous=0)
    batch.first_limit = lambda: LimitUsage(Period.DAY, 1_000_000, usage())

def show(total=10_000):
    return progress.show_progress(tally, now=now, total=lambda: total, batch=batch)

def wait_for_beats():
    seen = len(beats)
    while len(beats) < seen + 3:
        time.sleep(0.001)

def draw():
    view._display.refresh()
    mark()

def mark():
    sys.stderr.write({MARK!r})
    sys.stderr.flush()
"""


def start(
    rwcap: Rwcap,
    script: str,
    stderr: int,
    stdout: int = subprocess.PIPE,
    **variables: str,
) -> "subprocess.Popen[bytes]":
    """Start a Python script with the given standard error and standard output."""
    return subprocess.Popen(
        [sys.executable, "-c", BEGINNING + script],
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=stderr,
        env=rwcap.environment | {"TERM": "xterm-256color"} | variables,
        cwd=rwcap.home,
        start_new_session=True,
    )


def on_terminal(
    rwcap: Rwcap, script: str, columns: int = 80, rows: int = 24, **variables: str
) -> Terminal:
    """Return a terminal of this size after a script has written to it."""
    terminal = Terminal(columns, rows)
    with start(rwcap, script, terminal.inside, terminal.inside, **variables) as process:
        os.close(terminal.inside)
        try:
            status = process.wait(60)
        finally:
            process.kill()

    terminal.close()
    assert status == 0, terminal.screen.text
    return terminal
