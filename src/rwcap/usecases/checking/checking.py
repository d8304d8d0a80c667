"""Check captions: those that images have, and those of a run."""

import json
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from tempfile import TemporaryFile
from typing import NamedTuple

from rwcap.checks.all_checks import find_faults
from rwcap.checks.caption_set import COMMON_PHRASE, NEED_SET, CaptionSet
from rwcap.checks.set_statistics import SetStatistics
from rwcap.core.errors import OutputError
from rwcap.core.sidecar import CollisionPolicy
from rwcap.core.source import CaptionRequest
from rwcap.core.text import one_line
from rwcap.outputs.file_errors import reason_of
from rwcap.outputs.paths import is_local_file
from rwcap.usecases.writing.output import Output
from rwcap.usecases.writing.write import Outputs


class StoredCaption(NamedTuple):
    """A caption that an image has."""

    source: str
    file: str
    """The path of the file with the caption."""
    text: str
    cost: int = 0
    """Its price in micro-dollars; 0 if it is unknown."""


class Fault(NamedTuple):
    """What is wrong with a caption."""

    caption: StoredCaption
    check: str
    excerpt: str
    number: int
    """The number of the caption among all that were checked, from 0."""


class Counts(NamedTuple):
    """The counts of a pass over captions."""

    captions: Counter[str]
    """The number of checked captions under `all`, of those that fail a check under
    its name, and of those that fail any under `failed`."""
    phrases: dict[str, int]
    """Each common phrase, and the number of captions that have it."""
    paid: int
    """The price of the captions that fail, in micro-dollars."""


def stored_captions(
    request: CaptionRequest, outputs: Outputs, *, is_chosen: bool
) -> Iterator[StoredCaption]:
    """Yield the captions of an image, each text once.

    Args:
        request: The image. If it is a row of a table with a caption, that counts, and
            other captions count only in chosen outputs.
        outputs: The outputs to read.
        is_chosen: Whether the user chose the outputs. Otherwise, those that a source
            cannot have are left out.

    Raises:
        InputError: A file cannot be read, or the source cannot have an output.
    """
    seen: set[str] = set()
    texts = [StoredCaption(request.source, request.source, request.caption or "")]
    if is_chosen or (not request.caption and is_local_file(request)):
        texts += _written(request, outputs)
    for each in texts if request.caption else texts[1:]:
        line = one_line(each.text)
        if line not in seen:
            seen.add(line)
            yield each


def _written(request: CaptionRequest, outputs: Outputs) -> Iterator[StoredCaption]:
    for output in outputs.targets:
        path = _path(output, request, outputs.collide)
        text = output.read(path)
        if text is not None:
            yield StoredCaption(request.source, output.file_of(path), text)


def _path(output: Output, request: CaptionRequest, collide: CollisionPolicy) -> str:
    """Return the path of a caption, without the ledger, which may not know it."""
    if collide is CollisionPolicy.SUFFIX:
        whole = output.path(request, full_name=True)
        if output.read(whole) is not None:
            return whole
    return output.path(request, full_name=collide is CollisionPolicy.ALWAYS)


class Checking:
    """A pass over captions: `check` all, then `end`."""

    def __init__(
        self, names: Collection[str], statistics: SetStatistics | None = None
    ) -> None:
        """Start.

        Args:
            names: The wanted checks.
            statistics: They learn from all texts.

        Raises:
            OutputError: No temporary file can be created, as in the methods: it
                cannot be written.
        """
        self._names = names
        self._statistics = statistics
        self._set = CaptionSet(frozenset(names))
        self._counts: Counter[str] = Counter()
        self._paid = 0
        self._needs_set = not NEED_SET.isdisjoint(names)
        with _named_errors():
            self._file = TemporaryFile("w+", encoding="ascii")  # noqa: SIM115  # see `end`

    def check(self, caption: StoredCaption) -> Iterator[Fault]:
        """Yield what is wrong with a caption alone, and keep it for `end`."""
        yield from self.add(caption, find_faults(caption.text, self._names))

    def add(self, caption: StoredCaption, found: dict[str, str]) -> Iterator[Fault]:
        """Yield the faults that were found in a caption alone; keep it for `end`."""
        number = self._counts["all"]
        self._counts["all"] += 1
        if self._statistics:
            self._statistics.add(caption.text)
        yield from self._faults(caption, found, number, is_known=False)
        if self._needs_set:
            self._set.add(caption.text)
            with _named_errors():
                self._file.write(json.dumps((*caption, bool(found))) + "\n")

    def forget_set(self) -> None:
        """Look at captions alone from now on."""
        self._needs_set = False

    def end(self) -> Iterator[Fault]:
        """Yield what is wrong with captions among all others."""
        if self._needs_set:
            yield from self._end_of_set()
        self.close()

    def close(self) -> None:
        """Remove the temporary file."""
        with suppress(OSError):
            self._file.close()

    def _end_of_set(self) -> Iterator[Fault]:
        self._set.end()
        with _named_errors():
            self._file.seek(0)
        for number, line in enumerate(self._file):
            *words, is_known = json.loads(line)
            caption = StoredCaption(*words)
            found = self._set.find(caption.text)
            yield from self._faults(caption, found, number, is_known=is_known)

    @property
    def counts(self) -> Counts:
        """Return the counts; they are complete after `end`."""
        phrases = self._set.common_phrases()
        captions = self._counts.copy()
        if phrases:
            captions[COMMON_PHRASE.name] = max(phrases.values())
        return Counts(captions, phrases, self._paid)

    def _faults(
        self,
        caption: StoredCaption,
        found: dict[str, str],
        number: int,
        *,
        is_known: bool,
    ) -> Iterator[Fault]:
        """Count and yield faults; a known one of the caption is counted already."""
        is_new = bool(found) and not is_known
        self._counts["failed"] += is_new
        self._paid += caption.cost * is_new
        for name, piece in found.items():
            self._counts[name] += 1
            yield Fault(caption, name, piece, number)


def counts_document(counts: Counts) -> dict[str, object]:
    """Return the members of the JSON object of counts."""
    checks = dict(counts.captions)
    return {
        "captions": checks.pop("all", 0),
        "failed": checks.pop("failed", 0),
        "checks": {name: count for name, count in checks.items() if count},
        "phrases": counts.phrases,
    }


@contextmanager
def _named_errors() -> Iterator[None]:
    """Name the file in which captions wait for the second reading."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"a temporary file: {reason_of(error)}") from error
