"""Options for the request: prompt, task and returned image."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from rwcap.api.request import MODEL, Delivery, OutputFormat, OutputType, parse_task_uuid
from rwcap.cli.options.group import Group, Mistake
from rwcap.core.alt_text import alt_prompt

MAX_PROMPTS: Final = 8
"""Prompts that can be compared: more tests need more images."""

REQUEST: Final = "Request"
RETURNED: Final = "Returned image (validated and sent; does not change the caption)"


NoIncludeCost: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--no-include-cost",
        help="Do not request the price; the cost stays unknown.",
        rich_help_panel=REQUEST,
    ),
]


class Request(Group):
    """The prompt and the model."""

    prompt: Annotated[
        str | None,
        typer.Option(
            "-p",
            "--prompt",
            metavar="TEXT",
            help="Question or instruction; without it the model describes the image.",
            rich_help_panel=REQUEST,
        ),
    ] = None
    prompt_file: Annotated[
        list[Path] | None,
        typer.Option(
            "--prompt-file",
            metavar="FILE",
            help="Read the prompt from FILE (- for standard input); with --sample, a"
            " batch compares several.",
            rich_help_panel=REQUEST,
        ),
    ] = None
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset",
            metavar="PRESET",
            help="Use a named prompt: alt, caption, detailed, tags, shop, archive,"
            " social, or your own.",
            rich_help_panel=REQUEST,
        ),
    ] = None
    model: Annotated[
        str,
        typer.Option(
            "--model",
            metavar="AIR",
            envvar="RWCAP_MODEL",
            help="Model that writes the caption.",
            rich_help_panel=REQUEST,
            show_default=True,
        ),
    ] = MODEL
    delivery: Annotated[
        Delivery | None,
        typer.Option(
            "--delivery",
            help="Wait for the reply, or submit and poll for it (default: sync).",
            rich_help_panel=REQUEST,
        ),
    ] = None
    no_include_cost: NoIncludeCost = False

    def mistakes(self) -> tuple[Mistake, ...]:
        """Return the mistake of more than one prompt."""
        has_file = bool(self.prompt_file)
        return (
            (
                "--prompt and --prompt-file exclude each other",
                self.prompt is not None and has_file,
            ),
            (
                "--preset excludes --prompt and --prompt-file",
                self.preset is not None and (self.prompt is not None or has_file),
            ),
        )

    @property
    def prompt_files(self) -> list[str]:
        """Return the files of prompts as they are typed."""
        return [*map(str, self.prompt_file or [])]

    @property
    def is_trial(self) -> bool:
        """Return whether several prompts are compared."""
        return len(self.prompt_files) > 1

    def file_texts(self) -> "dict[str, str]":
        """Return the prompt in each file; raises `UsageError`."""
        import sys

        from rwcap.sources.prompt_file import read_prompt

        return {
            name: read_prompt(Path(name), stdin=lambda: sys.stdin.buffer)
            for name in self.prompt_files
        }

    def text(self, alt_chars: int | None, named: Callable[[str], str]) -> str | None:
        """Return the prompt: typed, from a file, or of a preset; None for several.

        Args:
            alt_chars: The limit of alternative text, which has a prompt of its own if
                there is no other; None for other captions.
            named: Returns the prompt of a preset.
        """
        if self.is_trial:
            return None
        if self.prompt_file:
            [prompt] = self.file_texts().values()
            return prompt
        if self.preset is not None:
            return named(self.preset)
        if alt_chars and self.prompt is None:
            return alt_prompt(alt_chars)
        return self.prompt


class TaskRequest(Request):
    """A request with a UUID that can be submitted now and fetched later."""

    no_wait: Annotated[
        bool,
        typer.Option(
            "--no-wait",
            help="Submit, print the task UUID, and do not wait.",
            rich_help_panel=REQUEST,
        ),
    ] = False
    fetch: Annotated[
        str | None,
        typer.Option(
            "--fetch",
            metavar="UUID",
            help="Print the caption of an earlier task; buy nothing.",
            rich_help_panel=REQUEST,
        ),
    ] = None
    task_uuid: Annotated[
        str | None,
        typer.Option(
            "--task-uuid",
            metavar="UUID",
            help="Use this task UUID (UUID v4; one image only).",
            rich_help_panel=REQUEST,
        ),
    ] = None
    webhook_url: Annotated[
        str | None,
        typer.Option(
            "--webhook-url",
            metavar="URL",
            help="Let Runware post the result to URL; rwcap prints the task UUID.",
            rich_help_panel=REQUEST,
        ),
    ] = None

    no_include_cost: NoIncludeCost = False

    @property
    def uuid(self) -> str | None:
        """Return the given task UUID; raises `UsageError`."""
        return None if self.task_uuid is None else parse_task_uuid(self.task_uuid)


class ReturnedImage(Group):
    """The returned image."""

    output_type: Annotated[
        OutputType | None,
        typer.Option(
            "--output-type",
            help="How the image is returned (default: URL).",
            rich_help_panel=RETURNED,
        ),
    ] = None
    output_format: Annotated[
        OutputFormat | None,
        typer.Option(
            "--output-format",
            help="File format of the image (default: JPG).",
            rich_help_panel=RETURNED,
        ),
    ] = None
    output_quality: Annotated[
        int | None,
        typer.Option(
            "--output-quality",
            metavar="N",
            help="Compression quality, 20 to 99 (default: 95).",
            rich_help_panel=RETURNED,
        ),
    ] = None
    ttl: Annotated[
        int | None,
        typer.Option(
            "--ttl",
            metavar="SECONDS",
            help="Lifetime of the image's URL, 60 or more.",
            rich_help_panel=RETURNED,
        ),
    ] = None
    upload_endpoint: Annotated[
        str | None,
        typer.Option(
            "--upload-endpoint",
            metavar="URL",
            help="URL to upload the image to, by HTTP PUT.",
            rich_help_panel=RETURNED,
        ),
    ] = None
