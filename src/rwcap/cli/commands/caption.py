"""rwcap caption: one or a few images, captions to standard output."""

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from rwcap.api.retry import DEFAULT_RETRIES, DEFAULT_TIMEOUT, RetryPolicy
from rwcap.api.task import MODEL, CaptionTask, Delivery, Parameters, parse_task_uuid
from rwcap.cli import options
from rwcap.cli.checks import (
    impatience,
    misdirected,
    one_prompt,
    refuse,
    unaltered,
    unfit,
)
from rwcap.core.alt_text import DEFAULT_ALT_CHARS, AltTextOptions
from rwcap.core.errors import InputError, Interrupted, OutputError
from rwcap.core.exit_status import ExitStatus, overall_status
from rwcap.core.sidecar import MergeMode
from rwcap.images.limits import MAX_PIXELS, MAX_SIDE, PrepareMode, PrepareOptions

if TYPE_CHECKING:
    from rwcap.cli.terminal.results import Screen
    from rwcap.core.record import Record
    from rwcap.usecases.caption import Order
    from rwcap.usecases.context import World

_OF_ALL: Final = {ExitStatus.AUTH, ExitStatus.CREDITS, ExitStatus.LIMIT}
"""Statuses of failures that all other images would have as well."""


def caption(
    images: options.Images = None,
    *,
    prompt: options.Prompt = None,
    prompt_file: options.PromptFile = None,
    preset: options.Preset = None,
    model: options.Model = MODEL,
    delivery: options.DeliveryMethod = None,
    no_wait: options.NoWait = False,
    fetch: options.Fetch = None,
    task_uuid: options.TaskUuid = None,
    webhook_url: options.WebhookUrl = None,
    no_include_cost: options.NoIncludeCost = False,
    prepare: options.PrepareHow = PrepareMode.AUTO,
    max_side: options.MaxSide = MAX_SIDE,
    max_pixels: options.MaxPixels = MAX_PIXELS,
    alt: options.AltText = False,
    max_chars: options.MaxChars = DEFAULT_ALT_CHARS,
    write: options.WriteTo = None,
    out_dir: options.OutDir = None,
    mode: options.WriteMode = MergeMode.SKIP,
    backup: options.Backup = False,
    no_keep_time: options.NoKeepTime = False,
    json: options.Json = False,
    jsonl: options.Jsonl = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = 0,
    fresh: options.Fresh = False,
    rebuy_ambiguous: options.RebuyAmbiguous = False,
    max_cost: options.MaxCost = None,
    retry_quality: options.RetryQuality = 0,
    dry_run: options.DryRun = False,
    sandbox: options.Sandbox = False,
    timeout: options.Timeout = DEFAULT_TIMEOUT,
    retries: options.Retries = DEFAULT_RETRIES,
    api_url: options.ApiUrl = None,
    profile: options.Profile = None,
    output_type: options.OutputTypeOption = None,
    output_format: options.OutputFormatOption = None,
    output_quality: options.OutputQuality = None,
    ttl: options.Ttl = None,
    upload_endpoint: options.UploadEndpoint = None,
) -> ExitStatus:
    """Caption images and print the text.

    \b
    rwcap caption photo.jpg
    rwcap caption photo.jpg -p "Name the main subject in five words."
    rwcap caption photo.jpg --write embed
    rwcap caption https://example.com/photo.jpg --json
    curl -s https://example.com/photo.jpg | rwcap caption -

    One image: standard output is the caption. Several: a line each, path, tab,
    caption. The cost goes to standard error.
    """  # noqa: D301  # \b is Click's mark for lines not to be wrapped
    from rwcap.cli import wiring
    from rwcap.cli.terminal import messages, results
    from rwcap.usecases.caption import Order, delivered
    from rwcap.usecases.purchase import Terms
    from rwcap.usecases.write import Writing

    messages.verbosity.set(-1 if quiet else verbose)
    sources = images or []
    fetching = fetch is not None
    requesting = any(
        option is not None
        for option in (
            *(prompt, prompt_file, preset, delivery, task_uuid, webhook_url, ttl),
            *(output_type, output_format, output_quality, upload_endpoint),
        )
    )
    refuse(
        "caption",
        ("no IMAGE given", not sources and not fetching),
        ("--fetch takes no IMAGE", fetching and bool(sources)),
        ("--fetch takes no option of a request", fetching and (requesting or alt)),
        ("--fetch sends nothing that --dry-run could show", fetching and dry_run),
        ("--fetch waits, --no-wait does not", fetching and no_wait),
        ("--no-wait needs async delivery", no_wait and delivery is Delivery.SYNC),
        *one_prompt(prompt, prompt_file, preset),
        ("--json and --jsonl exclude each other", json and jsonl),
        ("--task-uuid names one task", task_uuid is not None and len(sources) > 1),
        (
            "standard input can be read only once",
            [*sources, str(prompt_file)].count("-") > 1,
        ),
        ("--fetch knows no image to write to", fetching and bool(write)),
        (
            "without waiting there is nothing to --write",
            (no_wait or webhook_url is not None) and bool(write),
        ),
        (
            "--fresh with --write needs --mode overwrite, append or prepend",
            fresh and bool(write) and mode is MergeMode.SKIP,
        ),
        *misdirected(
            write or [],
            ("--out-dir", out_dir is not None, "txt|xmp"),
            ("--mode", mode is not MergeMode.SKIP, "txt|xmp|embed"),
            ("--backup", backup, "embed"),
            ("--no-keep-time", no_keep_time, "embed"),
        ),
        *unaltered(alt=alt, max_chars=max_chars, retries=retry_quality),
        *impatience(timeout, retries),
        *unfit(max_side, max_pixels),
    )
    wanted = AltTextOptions(max_chars, retry_quality) if alt else None
    parameters = Parameters(
        model=model,
        prompt=wiring.prompt(prompt, prompt_file, preset, wanted),
        delivery=Delivery.ASYNC if no_wait else delivery,
        include_cost=not no_include_cost,
        webhook_url=webhook_url,
        output_type=output_type,
        output_format=output_format,
        output_quality=output_quality,
        ttl=ttl,
        upload_endpoint=upload_endpoint,
    )
    uuid = None if task_uuid is None else parse_task_uuid(task_uuid)
    preparation = PrepareOptions(mode=prepare, max_side=max_side, max_pixels=max_pixels)
    if dry_run:
        return _show_requests(sources, parameters, preparation, uuid)
    service = wiring.Service(
        sandbox=sandbox, api_url=api_url, timeout=timeout, profile=profile
    )
    form = results.Form.JSON if json else results.Form.TEXT
    screen = results.Screen(
        form=results.Form.JSONL if jsonl else form,
        wanted=max(1, len(sources)),
        reach=service.reach,
    )
    policy = RetryPolicy(retries=retries, timeout=timeout, await_result=not no_wait)
    order = Order(
        parameters=parameters,
        terms=Terms(
            policy=policy,
            fresh=fresh,
            rebuy_ambiguous=rebuy_ambiguous,
            task_uuid=uuid,
            budget=wiring.budget(max_cost),
        ),
        writing=Writing(
            outputs=wiring.outputs(
                write or [],
                out_dir=out_dir,
                mode=mode,
                backup=backup,
                keep_time=not no_keep_time,
                alt=alt,
            ),
            mode=mode,
        ),
        alt=wanted,
    )
    with wiring.world(
        service,
        notice=messages.say,
        preparation=preparation,
        remark=messages.say,
        landed=screen.hold,
    ) as world:
        records = (
            _caption(sources, order, world)
            if fetch is None
            else _fetch(fetch, world, policy)
        )
        try:
            _show(records, screen)
        finally:
            for record in screen.written():
                delivered(record, world)
        world.ledger.run.end(screen.status())
    return screen.status()


def _show(records: "Iterator[Record]", screen: "Screen") -> None:
    """Show records as they come, and their sum whatever ends them."""
    try:
        for record in records:
            screen.show(record)
    except BaseException:
        with suppress(OutputError, Interrupted):  # the first reason is told
            screen.finish()
        raise
    screen.finish()


def _caption(sources: list[str], order: "Order", world: "World") -> "Iterator[Record]":
    """Yield a record for each image until one shows that the rest must fail, too."""
    from rwcap.cli.terminal import messages
    from rwcap.core.request import CaptionRequest
    from rwcap.usecases.caption import caption
    from rwcap.usecases.recovery import recover

    recover(world)
    for source in sources:
        with messages.waiting(source):
            record = caption(CaptionRequest(source), order, world)
        yield record
        if record.error and record.error.status in _OF_ALL:
            return


def _fetch(task_uuid: str, world: "World", policy: RetryPolicy) -> "Iterator[Record]":
    from rwcap.cli.terminal import messages
    from rwcap.usecases.caption import fetch_caption

    with messages.waiting(task_uuid):
        record = fetch_caption(parse_task_uuid(task_uuid), world=world, policy=policy)
    yield record


def _show_requests(
    sources: list[str],
    parameters: Parameters,
    preparation: PrepareOptions,
    task_uuid: str | None,
) -> ExitStatus:
    """Print what would be sent for each image, and send nothing."""
    from rwcap.api.wire import preview
    from rwcap.cli import wiring
    from rwcap.cli.terminal import messages, results

    reader = wiring.reader(preparation, messages.say)
    failures: list[ExitStatus] = []
    for source in sources:
        uuid = task_uuid or wiring.new_task_uuid()
        try:
            task = CaptionTask(uuid, reader.read(source), parameters)
        except InputError as failure:
            messages.error(failure.message, failure.hint)
            failures.append(failure.status)
        else:
            results.data(f"{preview(task)}\n")
    messages.say("dry run: nothing was sent")
    return overall_status(failures, succeeded=len(sources) - len(failures))
