"""rwcap batch: many images, each paid for once, captions where they belong."""

import os
from collections.abc import Callable, Iterator
from json import loads
from pathlib import Path

import typer

from rwcap.api.concurrency import MAX_CONCURRENCY
from rwcap.api.retry import DEFAULT_GRACE, DEFAULT_RETRIES, DEFAULT_TIMEOUT, RetryPolicy
from rwcap.api.task import MODEL, Parameters
from rwcap.cli import options
from rwcap.cli.checks import (
    Mistake,
    impatience,
    misdirected,
    not_positive,
    one_prompt,
    refuse,
    unaltered,
    unfit,
)
from rwcap.core.alt_text import DEFAULT_ALT_CHARS, AltTextOptions
from rwcap.core.exit_status import ExitStatus
from rwcap.core.sidecar import CollisionPolicy, MergeMode
from rwcap.images.limits import MAX_PIXELS, MAX_SIDE, PrepareMode, PrepareOptions
from rwcap.outputs.style import Style


def batch(
    ctx: typer.Context,
    sources: options.SourceWords = None,
    *,
    files_from: options.FilesFrom = None,
    nul: options.Nul = False,
    include: options.Include = None,
    exclude: options.Exclude = None,
    max_depth: options.MaxDepth = None,
    limit: options.Limit = None,
    sample: options.Sample = None,
    seed: options.Seed = 0,
    checksum: options.Checksum = False,
    prompt: options.Prompt = None,
    prompt_file: options.PromptFile = None,
    preset: options.Preset = None,
    model: options.Model = MODEL,
    delivery: options.DeliveryMethod = None,
    no_include_cost: options.NoIncludeCost = False,
    prepare: options.PrepareHow = PrepareMode.AUTO,
    max_side: options.MaxSide = MAX_SIDE,
    max_pixels: options.MaxPixels = MAX_PIXELS,
    alt: options.AltText = False,
    max_chars: options.MaxChars = DEFAULT_ALT_CHARS,
    write: options.WriteTo = None,
    output: options.OutputFile = None,
    ext: options.Ext = ".txt",
    out_dir: options.OutDir = None,
    mode: options.WriteMode = MergeMode.SKIP,
    collide: options.CollideHow = CollisionPolicy.ERROR,
    backup: options.Backup = False,
    no_keep_time: options.NoKeepTime = False,
    prefix: options.Prefix = "",
    suffix: options.Suffix = "",
    template: options.Template = None,
    jsonl: options.Jsonl = False,
    report: options.Report = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = 0,
    fresh: options.Fresh = False,
    rebuy_ambiguous: options.RebuyAmbiguous = False,
    max_cost: options.MaxCost = None,
    retry_quality: options.RetryQuality = 0,
    pilot: options.Pilot = None,
    yes: options.Yes = False,
    dry_run: options.DryRun = False,
    sandbox: options.Sandbox = False,
    concurrency: options.Concurrency = MAX_CONCURRENCY,
    timeout: options.Timeout = DEFAULT_TIMEOUT,
    retries: options.Retries = DEFAULT_RETRIES,
    grace: options.Grace = DEFAULT_GRACE,
    max_errors: options.MaxErrors = None,
    max_duration: options.MaxDuration = None,
    no_input: options.NoInput = False,
    api_url: options.ApiUrl = None,
    profile: options.Profile = None,
) -> ExitStatus:
    """Caption many images, and write the captions where they belong.

    \b
    rwcap batch photos --write txt
    rwcap batch photos --write embed
    rwcap batch photos -o captions.jsonl
    find . -name '*.jpg' -print0 | rwcap batch --files-from - -0 --write txt
    rwcap batch products.csv -p "Describe this {colour} {article}." -o alt.csv

    Stop it, kill it, run it again: what was paid for is not paid again, and what
    is written is left alone. Without --write and -o, standard output gets a line
    for each image: path, tab, caption.
    """  # noqa: D301  # \b is Click's mark for lines not to be wrapped
    from rwcap.cli import wiring
    from rwcap.cli.commands.estimate import show_estimate, show_plan
    from rwcap.cli.commands.pilot import piloted
    from rwcap.cli.terminal import messages, results
    from rwcap.cli.terminal.run_view import Follower, View, whole
    from rwcap.usecases.batch.limits import Limits
    from rwcap.usecases.batch.pipeline import Batch
    from rwcap.usecases.caption import Order
    from rwcap.usecases.purchase import Terms
    from rwcap.usecases.write import Writing

    messages.verbosity.set(-1 if quiet else verbose)
    estimating = ctx.info_name == "estimate"
    refuse(
        "cost estimate" if estimating else "batch",
        ("no SOURCE given", not sources and files_from is None),
        ("-0 is for --files-from", nul and files_from is None),
        (
            "standard input can be read only once",
            [files_from, str(prompt_file)].count("-") > 1,
        ),
        *one_prompt(prompt, prompt_file, preset),
        *misdirected(
            write or [],
            ("--ext", ext != ".txt", "txt"),
            ("--out-dir", out_dir is not None, "txt|xmp"),
            ("--mode", mode is not MergeMode.SKIP, "txt|xmp|embed"),
            ("--collide", collide is not CollisionPolicy.ERROR, "txt|xmp"),
            ("--prefix", bool(prefix), "txt|xmp|embed"),
            ("--suffix", bool(suffix), "txt|xmp|embed"),
            ("--template", template is not None, "txt|xmp|embed"),
            ("--backup", backup, "embed"),
            ("--no-keep-time", no_keep_time, "embed"),
        ),
        ("--yes is for --pilot", yes and pilot is None),
        (
            "--fresh with --write needs --mode overwrite, append or prepend",
            fresh and bool(write) and mode is MergeMode.SKIP,
        ),
        (f"--grace is {grace:g}; allowed: 0 or more", not grace >= 0),
        *unaltered(alt=alt, max_chars=max_chars, retries=retry_quality),
        *impatience(timeout, retries),
        *unfit(max_side, max_pixels),
        *not_positive(
            concurrency=concurrency,
            max_depth=max_depth,
            limit=limit,
            sample=sample,
            max_errors=max_errors,
            max_duration=max_duration,
            pilot=pilot,
        ),
        *_misplaced(output, report, [*(sources or []), files_from or ""]),
    )
    found = wiring.sources(
        sources or [],
        files_from=files_from,
        nul=nul,
        include=include or [],
        exclude=exclude or [],
        max_depth=max_depth,
        notice=_ignore if quiet else messages.say,
    )
    wanted = AltTextOptions(max_chars, retry_quality) if alt else None
    parameters = Parameters(
        model=model,
        prompt=wiring.prompt(prompt, prompt_file, preset, wanted),
        delivery=delivery,
        include_cost=not no_include_cost,
    )
    preparation = PrepareOptions(mode=prepare, max_side=max_side, max_pixels=max_pixels)
    terms = Terms(
        policy=RetryPolicy(retries=retries, timeout=timeout),
        fresh=fresh,
        rebuy_ambiguous=rebuy_ambiguous,
        budget=wiring.budget(max_cost),
    )
    limits = Limits(
        concurrency=concurrency,
        captions=limit,
        errors=max_errors,
        seconds=max_duration,
        sample=sample,
        seed=seed,
    )
    service = wiring.Service(
        sandbox=sandbox, api_url=api_url, timeout=timeout, profile=profile
    )
    style = Style(prefix, suffix, template)
    places = wiring.outputs(
        write or [],
        ext=ext,
        out_dir=out_dir,
        mode=mode,
        backup=backup,
        keep_time=not no_keep_time,
        alt=alt,
    )
    quietly = (write or output) and not jsonl
    view = View(
        form=None if quietly else results.Form.JSONL if jsonl else results.Form.TEXT,
        report=report,
        grace=grace,
        sandbox=sandbox,
        fresh=fresh,
    )
    if view.form:
        results.check_output()
    dry = dry_run or estimating
    with wiring.record_file(output, dry=dry) as records:
        writing = Writing(
            outputs=places,
            mode=mode,
            style=style,
            collide=collide,
            records=records,
        )
        follower = Follower(writing, view)
        order = Order(
            parameters=parameters,
            terms=terms,
            writing=writing,
            alt=wanted,
            checksum=checksum,
        )
        with wiring.world(
            service,
            notice=follower.notice,
            preparation=preparation,
            remark=follower.remark,
        ) as world:
            if estimating:
                return show_estimate(found, order, world, limits, as_json=jsonl)
            if dry_run:
                return show_plan(found, order, world, limits)
            if pilot is None:
                status = follower.follow([whole(Batch(order, limits, world), found)])
            else:
                agrees = _agreement(yes=yes, no_input=no_input)
                status = follower.follow(
                    piloted(found, order, world, limits, size=pilot, agrees=agrees)
                )
            world.ledger.run.end(status)
    return status


def _agreement(*, yes: bool, no_input: bool) -> Callable[[str], bool]:
    """Return who answers questions: the command line, or somebody at the terminal."""
    from rwcap.cli.terminal import messages

    return (lambda _: yes) if yes or no_input else messages.confirm


def _ignore(_: str) -> None:
    """Say nothing: -q is not known in the threads that look for images."""


def _misplaced(
    output: str | None, report: Path | None, inputs: list[str]
) -> Iterator[Mistake]:
    """Yield what can be wrong with the places of outputs."""
    if report:
        folder = report.parent
        yield f"--report {report}: no such folder", not folder.is_dir()
        yield f"--report {report}: cannot be written", not os.access(folder, os.W_OK)
        yield f"--report {report}: exists, and is no report", _is_foreign(report)
        same = output is not None and _is_same(output, str(report))
        yield f"--report {report}: is the file of -o", same
    if output:
        same = any(Path(each).exists() and _is_same(output, each) for each in inputs)
        yield f"-o {output}: is a source of this run", same


def _is_foreign(report: Path) -> bool:
    """Return whether a file that is not ours would be lost to a report."""
    if not report.is_file() or not report.stat().st_size:
        return False
    try:
        return "counts" not in loads(report.read_bytes())
    except (OSError, ValueError, TypeError):
        return True


def _is_same(output: str, source: str) -> bool:
    return Path(output).resolve() == Path(source).resolve()
