"""A trial of prompts for people: figures, differences, and texts side by side."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from rwcap.cli.terminal import messages
from rwcap.cli.terminal.tables import format_table
from rwcap.core.money import Micros, format_price
from rwcap.core.record import SANDBOX_PREFIX
from rwcap.core.text import display_name, for_terminal, one_line
from rwcap.usecases.trial.comparison import (
    CHANCE,
    TESTS,
    Captions,
    Comparison,
    Difference,
    Measure,
    PromptFigures,
)

_SHOWN: Final = 3
"""Images whose texts are shown."""

_COLUMN: Final = 30
"""The least width of a text beside others; narrower ones are below each other."""

_TABLE: Final = 80
"""The least width of a terminal for the figures in one table."""

_HEADER: Final = ("captions", "cost an image", "95 % interval", "words", "fail checks")

_SMALLEST: Final = 0.001
"""The smallest probability that is shown."""


def format_comparison(
    comparison: Comparison,
    captions: Iterable[tuple[str, Captions]],
    *,
    sandbox: bool,
) -> str:
    """Return the figures of each prompt, the differences, and texts of a few images.

    Args:
        comparison: The result of the trial.
        captions: Each image of the sample with its captions.
        sandbox: Whether prices are marked as those of the sandbox.
    """
    names = [each.name for each in comparison.prompts]
    complete = (
        (source, [texts[name].text or "" for name in names])
        for source, texts in captions
        if all(name in texts and texts[name].text is not None for name in names)
    )
    return "\n".join(
        [
            f"{SANDBOX_PREFIX}\n" * sandbox + _figures(comparison.prompts),
            _wrapped(_findings(comparison)),
            *(
                _side_by_side(source, names, texts)
                for source, texts in islice(complete, _SHOWN)
            ),
        ]
    )


def _figures(prompts: Sequence[PromptFigures]) -> str:
    """Return a table, or on a narrow terminal a list for each prompt."""
    rows = [_cells(each) for each in prompts]
    if sys.stdout.isatty() and messages.console(sys.stdout).width < _TABLE:
        return "".join(
            format_table([*zip(_HEADER, row, strict=True)], header=(each.name, ""))
            for each, row in zip(prompts, rows, strict=True)
        )
    named = [(each.name, *row) for each, row in zip(prompts, rows, strict=True)]
    return format_table(named, header=("prompt", *_HEADER))


def _cells(figures: PromptFigures) -> tuple[str, ...]:
    cost = figures.cost
    return (
        f"{figures.captions:,}",
        _price(cost.mean) if cost else "-",
        f"{_price(max(0.0, cost.low))} to {_price(cost.high)}" if cost else "-",
        "-" if figures.words is None else f"{figures.words:.1f}",
        f"{figures.failed:,}",
    )


def _findings(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """Yield sentences with their styles."""
    for figures in comparison.prompts:
        faults = ", ".join(
            f"{name} {count:,}" for name, count in figures.faults.most_common()
        )
        if faults:
            yield f"checks that {display_name(figures.name)} fails: {faults}", ""
    complete = f"{comparison.complete:,}"
    if comparison.complete < comparison.images:
        all_images = f"{complete} of {comparison.images:,} images"
        yield f"{all_images} have a caption for each prompt", ""
    for difference in comparison.differences:
        yield _sentence(difference), "bold" if difference.is_real else "dim"
    tests = len(comparison.differences)
    if comparison.is_too_small:
        reason = "too few images to tell any difference from chance"
        yield f"{reason}: {complete} (--sample 30)", ""
    elif tests:
        rule = f"p is corrected for {tests} tests (Holm)"
        yield f"{rule}; up to {CHANCE} is more than chance", "dim"


def _sentence(difference: Difference) -> str:
    """Return what differs, and by which test."""
    first, other = map(display_name, (difference.first, difference.other))
    one, two = difference.values
    change = two - one
    if not difference.is_real:
        told = (
            f"{difference.measure}: no difference beyond chance between {first} and"
            f" {other}"
        )
    elif difference.measure is Measure.WORDS:
        more = "more" if change > 0 else "fewer"
        told = f"{other} writes {abs(change):.1f} words {more} than {first}"
    elif difference.measure is Measure.COST:
        more = "more" if change > 0 else "less"
        told = f"{other} costs {_price(abs(change))} an image {more} than {first}"
    else:
        told = (
            f"{other} fails checks in {two:.0f} of {difference.pairs:,} images,"
            f" {first} in {one:.0f}"
        )
    p = difference.p
    # Without spaces, no line ends within it.
    chance = f"p<{_SMALLEST}" if p < _SMALLEST else f"p={p:.2g}"
    return f"{told} ({TESTS[difference.measure]}, {chance})"


def _price(micros: float) -> str:
    """Return a mean price, rounded to 10 micro-dollars."""
    return format_price(Micros(round(micros / 10) * 10))


def _wrapped(lines: Iterable[tuple[str, str]]) -> str:
    """Return lines, on a terminal with line ends between words."""
    if not sys.stdout.isatty():
        return "".join(f"{for_terminal(one_line(line))}\n" for line, _ in lines)
    from rich.text import Text

    console = messages.console(sys.stdout)
    with console.capture() as captured:
        for line, style in lines:
            console.print(Text(for_terminal(one_line(line)), style))
    return captured.get()


def _side_by_side(source: str, names: Sequence[str], texts: Sequence[str]) -> str:
    """Return the texts of an image beside each other, or below if they are narrow."""
    title = for_terminal(display_name(source))
    shown = [for_terminal(display_name(name)) for name in names]
    lines = [for_terminal(one_line(text)) for text in texts]
    if not sys.stdout.isatty():
        pairs = zip(shown, lines, strict=True)
        return f"{title}\n" + "".join(f"  {name}: {line}\n" for name, line in pairs)
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    console = messages.console(sys.stdout)
    with console.capture() as captured:
        console.print(Text(title, "bold"), overflow="fold")
        if console.width < _COLUMN * len(names):
            for name, line in zip(shown, lines, strict=True):
                console.print(Text(name, "dim"), overflow="fold")
                console.print(Padding(Text(line), (0, 0, 0, 2)), overflow="fold")
        else:
            table = Table(
                box=None,
                pad_edge=False,
                padding=(0, 2, 0, 0),
                header_style="dim",
                expand=True,
            )
            for name in shown:
                table.add_column(Text(name), ratio=1, overflow="fold")
            table.add_row(*(Text(line) for line in lines))
            console.print(table)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())
