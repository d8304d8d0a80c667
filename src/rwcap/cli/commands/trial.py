"""A trial of prompts: `rwcap batch --sample N --prompt-file A --prompt-file B`."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from rwcap.cli.commands.estimate import format_interval, show_plan
from rwcap.cli.options.batch import BatchOptions
from rwcap.cli.terminal import messages, results
from rwcap.cli.terminal.run_view import RunView
from rwcap.cli.terminal.stages import Stage
from rwcap.cli.terminal.trial_view import format_comparison
from rwcap.cli.terminal.typed_command import typed_command
from rwcap.core.errors import Interrupted, UsageError
from rwcap.core.exit_status import ExitStatus
from rwcap.core.money import Micros, format_usd
from rwcap.core.text import display_name, escape_json
from rwcap.usecases.batch.limits import Limits
from rwcap.usecases.batch.pipeline import Batch
from rwcap.usecases.trial.comparison import (
    TESTS,
    Comparison,
    Difference,
    Measure,
    PromptFigures,
)
from rwcap.usecases.trial.sample import NamedPrompt, Trial
from rwcap.usecases.writing.write import Outputs

if TYPE_CHECKING:
    from rwcap.sources.sources import Sources
    from rwcap.usecases.caption import RunOptions
    from rwcap.usecases.context import Context

_VALUES: Final = {
    *("--prompt-file", "--sample", "--seed", "--limit", "--max-cost"),
    *("-o", "--output", "--columns", "--delimiter", "--report"),
}
"""Options of a trial, with a value, that the batch after it does not have."""

_FLAGS: Final = {"--json", "--jsonl", "--bom", "--fresh"}
"""Those without a value."""


def open_trial(
    prompts: Mapping[str, str],
    sources: "Sources",
    options: "RunOptions",
    limits: Limits,
) -> Trial:
    """Choose the sample of a trial.

    Args:
        prompts: The prompts by the names of their files.
        sources: The sources of the whole batch.
        options: The options of the run.
        limits: The limits of the run.

    Raises:
        UsageError: Prompts are equal, or one cannot be used.
        NoInputError: There is no image.
    """
    names: dict[str, str] = {}
    for name, text in prompts.items():
        if (other := names.setdefault(text, name)) != name:
            raise UsageError(
                f"{display_name(other)} and {display_name(name)} are the same prompt",
                hint="rwcap batch SOURCE --sample 30 --prompt-file FILE",
            )
        if not sources.may_have_columns:
            from rwcap.usecases.prompts import check_prompt

            check_prompt(text)
    named = [NamedPrompt(name, text) for name, text in prompts.items()]
    return Trial(named, sources, options.parameters, limits)


def run_trial(
    given: BatchOptions,
    sources: "Sources",
    options: "RunOptions",
    context: "Context",
    view: RunView,
) -> ExitStatus:
    """Caption the sample with each prompt, and print what differs."""
    limits = given.limits()
    trial = open_trial(given.request.file_texts(), sources, options, limits)
    limits = limits._replace(sample=None)
    if given.money.dry_run:
        return show_plan(trial, options, context, limits)
    # The records of an earlier run do not tell what its captions cost: the ledger does.
    batch = Batch(options._replace(outputs=Outputs()), limits, context)
    records = trial.once(batch.run(trial))
    stage = Stage(batch, records, lambda: trial.total, trial.add)
    try:
        status = view.run([stage])
    except Interrupted as stop:
        if stop.status is not ExitStatus.BROKEN_PIPE:
            _show(trial, given, sandbox=context.sandbox)
        raise
    context.ledger.run.end(status)
    comparison = _show(trial, given, sandbox=context.sandbox)
    if comparison.complete and not batch.reason:
        _show_next(comparison, trial)
    return status


def _show(trial: Trial, given: BatchOptions, *, sandbox: bool) -> Comparison:
    """Print the comparison: to standard error, if records are on standard output."""
    comparison = trial.comparison()
    if given.checking.json:
        document = _document(trial, comparison, sandbox=sandbox)
        text = escape_json(json.dumps(document, indent=2, ensure_ascii=False))
        results.write(f"{text}\n")
        return comparison
    text = format_comparison(comparison, [*trial.captions()], sandbox=sandbox)
    if not given.files.jsonl:
        results.write(text)
    elif messages.verbosity.get() >= 0:
        messages.write(text)
    return comparison


def _show_next(comparison: Comparison, trial: Trial) -> None:
    """Print the command that captions all images with each of the prompts."""
    if messages.verbosity.get() < 0:
        return
    output = ["--write", "txt"] if trial.has_only_files else ["-o", "captions.csv"]
    messages.say(f"for all {trial.images:,} images, choose a prompt:")
    for figures in comparison.prompts:
        words = _without_trial(sys.argv[1:], ["--prompt-file", figures.name, *output])
        command = typed_command(["rwcap", *words])
        messages.write(f"{command}\n")  # to be copied: it is not wrapped
        cost = f"about {format_interval(figures.rest)}"
        messages.say(f"would cost {cost if figures.rest.high else 'nothing more'}")


def _without_trial(words: Sequence[str], others: Sequence[str]) -> Iterator[str]:
    """Yield the words of a command line with other options in place of the trial's."""
    end = words.index("--") if "--" in words else len(words)
    is_value = False
    for word in words[:end]:
        name = word.partition("=")[0] if word.startswith("--") else word[:2]
        if is_value:
            is_value = False
        elif name in _VALUES:
            is_value = word == name
        elif word not in _FLAGS:
            yield word
    yield from others
    yield from words[end:]


def _document(
    trial: Trial, comparison: Comparison, *, sandbox: bool
) -> dict[str, object]:
    """Return the JSON document of a comparison."""
    texts = {each.name: each.text for each in trial.prompts}
    return {
        "v": 1,
        "images": trial.images,
        "sample": comparison.images,
        "complete": comparison.complete,
        "prompts": [
            _prompt_members(each, texts[each.name]) for each in comparison.prompts
        ],
        "differences": [_difference_members(each) for each in comparison.differences],
        "sandbox": sandbox,
    }


def _prompt_members(figures: PromptFigures, text: str) -> dict[str, object]:
    mean, low, high = figures.cost or (None, None, None)
    return {
        "name": display_name(figures.name),
        "prompt": text,
        "captions": figures.captions,
        "cost_usd": _usd(mean),
        "low_usd": _usd(low),
        "high_usd": _usd(high),
        "words": None if figures.words is None else round(figures.words, 2),
        "failed": figures.failed,
        "checks": dict(figures.faults),
        "rest_usd": format_usd(figures.rest.expected),
        "rest_low_usd": format_usd(figures.rest.low),
        "rest_high_usd": format_usd(figures.rest.high),
    }


def _difference_members(difference: Difference) -> dict[str, object]:
    def shown(value: float) -> object:
        is_cost = difference.measure is Measure.COST
        return _usd(value) if is_cost else round(value, 2)

    first, other = difference.values
    return {
        "measure": difference.measure,
        "first": display_name(difference.first),
        "other": display_name(difference.other),
        "images": difference.pairs,
        "first_value": shown(first),
        "other_value": shown(other),
        "test": TESTS[difference.measure],
        "p": round(difference.p, 6),
        "beyond_chance": difference.is_real,
    }


def _usd(micros: float | None) -> str | None:
    return None if micros is None else format_usd(Micros(round(micros)))
