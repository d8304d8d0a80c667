"""Scripts of displays whose real content depends on the time or the machine."""

from typing import Final

RUNNING: Final = """
import os
times = iter(range(1000))
batch.state = BatchState(concurrency=16, in_flight=14, waiting=2{pause})
limited(410_000)
view = progress.show_progress(
    tally, now=lambda: 10.0 * next(times), total=lambda: 1_200, batch=batch
).__enter__()
for number in range(96):
    land(f"holiday/IMG_{{number}}.jpg", "A boat.")
land("old.jpg", "A cat.", RecordStatus.SKIPPED)
land("holiday/IMG_4711.jpg", "Three boats sail home before the night falls.")
fail("scans/letter.jpg", "scans/letter.jpg: the file ends in the middle")
land("家族/お正月 🎍.jpg", "二人の子供が雪の中で笑っている。Two children laugh 🐈")
{notice}
draw()
sys.stderr.flush()
os._exit(0)
"""

WATCHING: Final = """
import os
batch.state = BatchState(concurrency=4)
limited(410_000)
view = progress.show_progress(
    tally, now=now, total=lambda: tally.total, batch=batch, watched="2 folders"
).__enter__()
land("holiday/IMG_4711.jpg", "Three boats sail home before the night falls.")
fail("scans/letter.jpg", "scans/letter.jpg: the file ends in the middle")
draw()
sys.stderr.flush()
os._exit(0)
"""

SUMMARY: Final = """
from rwcap.core.errors import CapacityError
with show() as view:
    for name in ("notes.txt", "letter.jpg", "a/long/folder with a name.jpg", "b.jpg"):
        fail(f"scans/{name}", f"scans/{name}: not an image (unknown file signature)",
             hint="supported formats: JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF, HEIC")
    fail("busy.jpg", "Runware is too busy (http429)", CapacityError,
         hint="run the same command again later")
    for number in range(1100):
        land(f"{number}.jpg", "A boat.", outputs=(f"{number}.txt",))
    for number in range(80):
        land(f"old/{number}.jpg", "A cat.", RecordStatus.CACHED)
    for number in range(7):
        land(f"done/{number}.jpg", "A cat.", RecordStatus.SKIPPED, cost=0)
summary.show_summary(
    tally, left=9, seconds=61.25, places=PLACES, sandbox=False,
    command="rwcap batch 'My Photos' --write txt",
)
"""

COST: Final = """
import datetime
from rwcap.cli.commands.statement import StatementFormat, show_statement
from rwcap.cli.service import Service
from rwcap.core.dates import DateRange
from rwcap.ledger.reports.statements import Grouping
show_statement(
    Service(sandbox=True, api_url=None, timeout=1), DateRange(), {by},
    output=StatementFormat.TEXT, today=datetime.date(2026, 5, 20),
)
"""

DOCTOR: Final = """
from pathlib import Path
from rwcap.cli.terminal import findings
from rwcap.core.errors import NoKeyError
from rwcap.ledger.database.audit import AuditReport
from rwcap.settings.machine import FolderStatus
from rwcap.usecases import doctor_checks as checks
folder = FolderStatus(Path("/home/ann/.config/rwcap"), True, 0o755, True)
sys.stdout.write(findings.format_text([
    checks.ok("rwcap", "0.1.0"),
    checks.sqlite((3, 30, 1)),
    checks.config_folder(folder),
    checks.no_key(NoKeyError("no API key", code="x", hint="rwcap config set-key")),
    checks.proxy(None),
    checks.skipped("service", "no network was used, so it was not queried"),
    checks.ledger("sandbox", AuditReport((), purchases=1)),
    checks.temporary_files([], 2),
    checks.optional_part("exiftool", "look at metadata yourself", installed=False),
]))
"""

TRIAL: Final = """
from rwcap.cli.terminal.trial_view import format_comparison
from rwcap.usecases.trial.comparison import TrialCaption, compare
texts = {
    "a.txt": "Three boats sail home before the night falls.",
    "prompts/long.txt": "The image shows three boats with white sails that move"
    " towards a harbour while the sun sets behind dark hills.",
    "c.txt": "Three boats with white sails on a calm sea.",
}
sample = [
    {
        name: TrialCaption.of(text + " A gull flies by." * (number % 3),
                              1300 + 640 * ((name > "b") * (name > "d") + number % 2))
        for name, text in texts.items()
    }
    for number in range(30)
]
named = [(f"photos/IMG_{number}.jpg", each) for number, each in enumerate(sample)]
found = compare([*texts], sample, 1200)
sys.stdout.write(format_comparison(found, named, sandbox=False))
"""
