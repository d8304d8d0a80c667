"""Every option, declared once: one name for one thing in every command."""

from pathlib import Path
from typing import Annotated, Final

import typer

from rwcap.domain.task import Delivery, OutputFormat, OutputType

REQUEST: Final = "Request"
OUTPUT: Final = "Output"
RUNNING: Final = "Running"
IMAGE_OUTPUT: Final = (
    "Of a returned image (sent and checked, but they do not change a caption)"
)

Images = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="IMAGE...",
        help="Path, http(s) URL, data URI, UUID of an image at Runware, or - for"
        " standard input (image bytes, base64 or a data URI).",
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
