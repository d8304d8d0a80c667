"""Every option, declared once: one name for one thing in every command."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from rwcap.api.task import Delivery, OutputFormat, OutputType
from rwcap.core.sidecar import CollisionPolicy, MergeMode
from rwcap.images.limits import PrepareMode
from rwcap.ledger.grouping import Grouping

REQUEST: Final = "Request"
IMAGE: Final = "Image"
INPUT: Final = "Input"
OUTPUT: Final = "Output"
MONEY: Final = "Money"
RUNNING: Final = "Running"
REPORT: Final = "Report"
IMAGE_OUTPUT: Final = (
    "Returned image (sent and checked, but no caption changes with it)"
)


def micros(text: str) -> int:
    """Return an amount in dollars as it is counted, for options that take one."""
    from rwcap.core.money import parse_usd

    try:
        return parse_usd(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def choose_profile(ctx: typer.Context, named: str | None) -> str | None:
    """Return the profile that the settings of this command are taken from."""
    habits: Any = ctx.default_map
    chosen: str | None = habits.choose(named)
    return chosen


class Write(StrEnum):
    """Where a caption is written, beside standard output."""

    TXT = "txt"
    """A text file beside the image."""
    XMP = "xmp"
    """An XMP file beside the image, together with what it says already."""
    EMBED = "embed"
    """XMP in the image's own file."""


Images = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="IMAGE...",
        help="Path, http(s) URL, data URI, UUID of an image at Runware, or - for"
        " standard input (image bytes, base64 or a data URI).",
        rich_help_panel=INPUT,
        show_default=False,
    ),
]
Prompt = Annotated[
    str | None,
    typer.Option(
        "-p",
        "--prompt",
        metavar="TEXT",
        help="What to say about the image; without it the model describes it.",
        rich_help_panel=REQUEST,
    ),
]
PromptFile = Annotated[
    Path | None,
    typer.Option(
        "--prompt-file",
        metavar="FILE",
        help="Read the prompt from FILE (- for standard input).",
        rich_help_panel=REQUEST,
    ),
]
Preset = Annotated[
    str | None,
    typer.Option(
        "--preset",
        metavar="PRESET",
        help="Use a prompt by its name: alt, caption, detailed, tags, or your own.",
        rich_help_panel=REQUEST,
    ),
]
Model = Annotated[
    str,
    typer.Option(
        "--model",
        metavar="AIR",
        envvar="RWCAP_MODEL",
        help="Model that writes the caption.",
        rich_help_panel=REQUEST,
        show_default=True,
    ),
]
DeliveryMethod = Annotated[
    Delivery | None,
    typer.Option(
        "--delivery",
        help="Answer at once, or acknowledge and be asked for it (default: sync).",
        rich_help_panel=REQUEST,
    ),
]
NoWait = Annotated[
    bool,
    typer.Option(
        "--no-wait",
        help="Deliver async and print the task's UUID instead of waiting.",
        rich_help_panel=REQUEST,
    ),
]
Fetch = Annotated[
    str | None,
    typer.Option(
        "--fetch",
        metavar="UUID",
        help="Print the caption of a task submitted earlier; buys nothing.",
        rich_help_panel=REQUEST,
    ),
]
TaskUuid = Annotated[
    str | None,
    typer.Option(
        "--task-uuid",
        metavar="UUID",
        help="Name the task yourself (UUID v4; one image only).",
        rich_help_panel=REQUEST,
    ),
]
WebhookUrl = Annotated[
    str | None,
    typer.Option(
        "--webhook-url",
        metavar="URL",
        help="Have the answer posted to URL; rwcap prints the task's UUID.",
        rich_help_panel=REQUEST,
    ),
]
NoIncludeCost = Annotated[
    bool,
    typer.Option(
        "--no-include-cost",
        help="Do not ask for the price; the cost stays unknown.",
        rich_help_panel=REQUEST,
    ),
]
PrepareHow = Annotated[
    PrepareMode,
    typer.Option(
        "--prepare",
        help="Decode and change images where need be, all of them, or none.",
        rich_help_panel=IMAGE,
        show_default=True,
    ),
]
MaxSide = Annotated[
    int,
    typer.Option(
        "--max-side",
        metavar="PIXELS",
        envvar="RWCAP_MAX_SIDE",
        help="Scale longer sides down to so many (0: never).",
        rich_help_panel=IMAGE,
        show_default=True,
    ),
]
MaxPixels = Annotated[
    int,
    typer.Option(
        "--max-pixels",
        metavar="N",
        help="Refuse images of more pixels in all.",
        rich_help_panel=IMAGE,
        show_default=True,
    ),
]
OutputTypeOption = Annotated[
    OutputType | None,
    typer.Option(
        "--output-type",
        help="How it is returned (default: URL).",
        rich_help_panel=IMAGE_OUTPUT,
    ),
]
OutputFormatOption = Annotated[
    OutputFormat | None,
    typer.Option(
        "--output-format",
        help="Its file format (default: JPG).",
        rich_help_panel=IMAGE_OUTPUT,
    ),
]
OutputQuality = Annotated[
    int | None,
    typer.Option(
        "--output-quality",
        metavar="N",
        help="Its compression quality, 20 to 99 (default: 95).",
        rich_help_panel=IMAGE_OUTPUT,
    ),
]
Ttl = Annotated[
    int | None,
    typer.Option(
        "--ttl",
        metavar="SECONDS",
        help="How long its URL lives, 60 or more.",
        rich_help_panel=IMAGE_OUTPUT,
    ),
]
UploadEndpoint = Annotated[
    str | None,
    typer.Option(
        "--upload-endpoint",
        metavar="URL",
        help="Where it is put by HTTP PUT.",
        rich_help_panel=IMAGE_OUTPUT,
    ),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Print one JSON document: a record, or a list for several images.",
        rich_help_panel=OUTPUT,
    ),
]
Jsonl = Annotated[
    bool,
    typer.Option(
        "--jsonl",
        help="Print a record a line, each as soon as it is there.",
        rich_help_panel=OUTPUT,
    ),
]
Quiet = Annotated[
    bool,
    typer.Option("-q", "--quiet", help="Print errors only.", rich_help_panel=OUTPUT),
]
Verbose = Annotated[
    int,
    typer.Option(
        "-v",
        "--verbose",
        count=True,
        help="Say more; -vv adds tracebacks.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
Fresh = Annotated[
    bool,
    typer.Option(
        "--fresh",
        help="Buy again what an earlier run has bought.",
        rich_help_panel=MONEY,
    ),
]
RebuyAmbiguous = Annotated[
    bool,
    typer.Option(
        "--rebuy-ambiguous",
        help="Buy again what may have been charged and never came.",
        rich_help_panel=MONEY,
    ),
]
MaxCost = Annotated[
    int | None,
    typer.Option(
        "--max-cost",
        metavar="USD",
        envvar="RWCAP_MAX_COST",
        parser=micros,
        help="Spend at most so many dollars in this run; setting budget.day: a day.",
        rich_help_panel=MONEY,
    ),
]
Pilot = Annotated[
    int | None,
    typer.Option(
        "--pilot",
        metavar="N",
        help="Buy N at random first, say what the rest will cost, and ask.",
        rich_help_panel=MONEY,
    ),
]
Yes = Annotated[
    bool,
    typer.Option(
        "--yes",
        help="Go on after the pilot without asking.",
        rich_help_panel=MONEY,
    ),
]
NoInput = Annotated[
    bool,
    typer.Option(
        "--no-input",
        help="Never ask; what needs an answer is not done.",
        rich_help_panel=RUNNING,
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help="Print the request instead of sending it; no network, no key.",
        rich_help_panel=RUNNING,
    ),
]
Sandbox = Annotated[
    bool,
    typer.Option(
        "--sandbox",
        envvar="RWCAP_SANDBOX",
        help="Answer offline with a stand-in: no key, no network, no money.",
        rich_help_panel=RUNNING,
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        "--timeout",
        metavar="SECONDS",
        envvar="RWCAP_TIMEOUT",
        help="Longest wait for an answer.",
        rich_help_panel=RUNNING,
        show_default=True,
    ),
]
Retries = Annotated[
    int,
    typer.Option(
        "--retries",
        metavar="N",
        envvar="RWCAP_RETRIES",
        help="Tries after the first, all under one task UUID.",
        rich_help_panel=RUNNING,
        show_default=True,
    ),
]
Profile = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="NAME",
        envvar="RWCAP_PROFILE",
        help="Use the settings, and the key if it has one, of [profiles.NAME].",
        rich_help_panel=RUNNING,
        is_eager=True,  # before the options whose defaults it changes
        callback=choose_profile,
    ),
]
ApiUrl = Annotated[
    str | None,
    typer.Option(
        "--api-url",
        metavar="URL",
        envvar="RWCAP_API_URL",
        help="Another address of the API (https, or http on this machine).",
        rich_help_panel=RUNNING,
    ),
]
SourceWords = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SOURCE...",
        help="File, folder, glob, http(s) URL, UUID of an image at Runware, or a"
        " manifest (.csv or .jsonl).",
        rich_help_panel=INPUT,
        show_default=False,
    ),
]
FilesFrom = Annotated[
    str | None,
    typer.Option(
        "--files-from",
        metavar="FILE",
        help="Read more sources from FILE, one a line (- for standard input).",
        rich_help_panel=INPUT,
    ),
]
Nul = Annotated[
    bool,
    typer.Option(
        "-0",
        help="They end in NUL bytes, as find -print0 writes them.",
        rich_help_panel=INPUT,
    ),
]
Include = Annotated[
    list[str] | None,
    typer.Option(
        "--include",
        metavar="GLOB",
        help="Take these names from folders, whatever their suffix (repeatable).",
        rich_help_panel=INPUT,
    ),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude",
        metavar="GLOB",
        help="Leave these files and folders out (repeatable).",
        rich_help_panel=INPUT,
    ),
]
MaxDepth = Annotated[
    int | None,
    typer.Option(
        "--max-depth",
        metavar="N",
        help="Go N folders deep; 1 is the folder itself.",
        rich_help_panel=INPUT,
    ),
]
Limit = Annotated[
    int | None,
    typer.Option(
        "--limit",
        metavar="N",
        help="Caption at most N images that are not done yet.",
        rich_help_panel=INPUT,
    ),
]
Sample = Annotated[
    int | None,
    typer.Option(
        "--sample",
        metavar="N",
        help="Caption N images chosen at random.",
        rich_help_panel=INPUT,
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed",
        metavar="N",
        help="The same seed chooses the same sample.",
        rich_help_panel=INPUT,
        show_default=True,
    ),
]
Checksum = Annotated[
    bool,
    typer.Option(
        "--checksum",
        help="Read every image, instead of trusting size and time of known ones.",
        rich_help_panel=INPUT,
    ),
]
WriteTo = Annotated[
    list[Write] | None,
    typer.Option(
        "--write",
        help="Write each caption to a text file or an XMP file beside its image, or"
        " embed it in the image's own metadata (repeatable).",
        rich_help_panel=OUTPUT,
    ),
]
OutputFile = Annotated[
    str | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        help="Add a record for each image to FILE (.jsonl or .csv).",
        rich_help_panel=OUTPUT,
    ),
]
AltText = Annotated[
    bool,
    typer.Option(
        "--alt",
        help="Make alternative text: short, plain, cut only where a sentence ends.",
        rich_help_panel=OUTPUT,
    ),
]
MaxChars = Annotated[
    int,
    typer.Option(
        "--max-chars",
        metavar="N",
        help="Characters of alternative text at most.",
        rich_help_panel=OUTPUT,
        show_default=True,
    ),
]
RetryQuality = Annotated[
    int,
    typer.Option(
        "--retry-quality",
        metavar="N",
        help="Where it does not fit, buy up to N others, each time asking for less.",
        rich_help_panel=MONEY,
        show_default=True,
    ),
]
Ext = Annotated[
    str,
    typer.Option(
        "--ext",
        metavar="EXT",
        help="Suffix of the text files.",
        rich_help_panel=OUTPUT,
        show_default=True,
    ),
]
OutDir = Annotated[
    str | None,
    typer.Option(
        "--out-dir",
        metavar="DIR",
        help="Write the text and XMP files below DIR, in the same folders.",
        rich_help_panel=OUTPUT,
    ),
]
WriteMode = Annotated[
    MergeMode,
    typer.Option(
        "--mode",
        help="What becomes of texts that are there.",
        rich_help_panel=OUTPUT,
        show_default=True,
    ),
]
CollideHow = Annotated[
    CollisionPolicy,
    typer.Option(
        "--collide",
        help="a.jpg and a.png would share a.txt: refuse, write a.png.txt, or call"
        " every file so.",
        rich_help_panel=OUTPUT,
        show_default=True,
    ),
]
Backup = Annotated[
    bool,
    typer.Option(
        "--backup",
        help="Keep each original as NAME.orig before its caption is embedded.",
        rich_help_panel=OUTPUT,
    ),
]
NoKeepTime = Annotated[
    bool,
    typer.Option(
        "--no-keep-time",
        help="Let the time of a file change when its caption is embedded.",
        rich_help_panel=OUTPUT,
    ),
]
Prefix = Annotated[
    str,
    typer.Option(
        "--prefix",
        metavar="TEXT",
        help="Write TEXT before each caption, wherever --write puts it.",
        rich_help_panel=OUTPUT,
    ),
]
Suffix = Annotated[
    str,
    typer.Option(
        "--suffix",
        metavar="TEXT",
        help="Write TEXT after it.",
        rich_help_panel=OUTPUT,
    ),
]
Template = Annotated[
    str | None,
    typer.Option(
        "--template",
        metavar="TEXT",
        help="Write TEXT with {caption} (also {name}, {stem}, {column}) in it.",
        rich_help_panel=OUTPUT,
    ),
]
Report = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="FILE",
        help="Write the summary of the run to FILE, as JSON.",
        rich_help_panel=OUTPUT,
    ),
]
Concurrency = Annotated[
    int,
    typer.Option(
        "-c",
        "--concurrency",
        metavar="N",
        envvar="RWCAP_CONCURRENCY",
        help="Images under way at most; fewer while the service is busy.",
        rich_help_panel=RUNNING,
        show_default=True,
    ),
]
Grace = Annotated[
    float,
    typer.Option(
        "--grace",
        metavar="SECONDS",
        help="After Ctrl-C, wait so long for what is under way.",
        rich_help_panel=RUNNING,
        show_default=True,
    ),
]
MaxErrors = Annotated[
    int | None,
    typer.Option(
        "--max-errors",
        metavar="N",
        help="Begin nothing more after N failures.",
        rich_help_panel=RUNNING,
    ),
]
MaxDuration = Annotated[
    float | None,
    typer.Option(
        "--max-duration",
        metavar="SECONDS",
        help="Begin nothing more after so long.",
        rich_help_panel=RUNNING,
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="DAY",
        help="From this day on: 2026-11-24, 2026-11, today, yesterday, 7d (ago).",
        rich_help_panel=REPORT,
    ),
]
Until = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="DAY",
        help="Up to this day, the day included.",
        rich_help_panel=REPORT,
    ),
]
By = Annotated[
    Grouping | None,
    typer.Option("--by", help="Add a line for each of these.", rich_help_panel=REPORT),
]
Csv = Annotated[
    bool,
    typer.Option(
        "--csv",
        help="Print the lines of --by as CSV.",
        rich_help_panel=OUTPUT,
    ),
]
JsonDocument = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON document.", rich_help_panel=OUTPUT),
]
