"""All options of `rwcap batch` and `rwcap cost estimate`: files, limits, groups."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rwcap.cli.options.batch_files import (
    EstimateFiles,
    Files,
    Layout,
    overwritten,
)
from rwcap.cli.options.checking import Checking
from rwcap.cli.options.cluster import Cluster
from rwcap.cli.options.fields import Fields
from rwcap.cli.options.group import Group, Mistake, excluding
from rwcap.cli.options.images import Prepared, Sources
from rwcap.cli.options.money import PilotMoney
from rwcap.cli.options.output import (
    AltText,
    Verbosity,
)
from rwcap.cli.options.request import MAX_PROMPTS, Request
from rwcap.cli.options.running import Running
from rwcap.cli.options.texts import Texts
from rwcap.core.checking import OnFail
from rwcap.core.sidecar import MergeMode
from rwcap.core.source import is_object
from rwcap.core.text import short_name

if TYPE_CHECKING:
    from rwcap.usecases.batch.limits import Limits


class PlanOptions(Group):
    """The sources, the request, the outputs, the money and the limits of a batch."""

    sources: Sources
    request: Request
    prepared: Prepared
    text: AltText
    fields: Fields
    files: Files
    verbosity: Verbosity
    money: PilotMoney
    running: Running
    cluster: Cluster

    checking = Checking()
    """No checks; a subclass makes them options."""

    def mistakes(self) -> Iterator[Mistake]:
        """Yield the possible mistakes of single options and of combinations."""
        read = [self.sources.files_from, *self.request.prompt_files]
        yield "standard input can be read only once", read.count("-") > 1
        yield from self.money.conflicts(self.files)
        yield from self.cluster.conflicts(self.sources, self.files, self.money)
        for option, given in (
            ("--fields", self.fields.fields is not None),
            ("--watch", self.running.watch),
        ):
            yield f"--engine ray takes no {option}", self.cluster.is_used and given
        yield from super().mistakes()
        if self.files.mode is MergeMode.REMOVE:
            refused = {
                "-o": self.files.output is not None,
                "--report": self.files.report is not None,
                "--pilot": self.money.pilot is not None,
                "--jsonl": self.files.jsonl,
            }
            yield from excluding("--mode remove", refused)
        if self.request.is_trial:
            yield from self._trial_mistakes()
        if self.running.watch:
            yield from self._watch_mistakes()
        yield (
            "--write cannot write beside objects in storage: use -o s3://BUCKET/FOLDER/",
            bool(self.files.write)
            and self.files.out_dir is None
            and any(map(is_object, self.sources.names)),
        )
        if self.files.output:
            yield overwritten(self.files.output, self.sources.names)

    def _trial_mistakes(self) -> Iterator[Mistake]:
        """Yield the options and prompts that a comparison of prompts does not take."""
        names = self.request.prompt_files
        yield (
            f"{len(names)} times --prompt-file; allowed: {MAX_PROMPTS}",
            len(names) > MAX_PROMPTS,
        )
        yield "--prompt-file names a file twice", len({*names}) < len(names)
        yield (
            "several --prompt-file are compared on a sample: add --sample 30",
            self.sources.sample is None,
        )
        yield (
            "--write needs one --prompt-file, and a comparison of several writes none",
            bool(self.files.write),
        )
        refused = {
            "--fields": self.fields.fields is not None,
            "--schema": self.fields.schema is not None,
            "--retry-quality": self.money.retry_quality > 0,
            "--pilot": self.money.pilot is not None,
            "--layout imagefolder": self.files.layout is not Layout.RECORDS,
            "--watch": self.running.watch,
            "--engine ray": self.cluster.is_used,
        }
        yield from excluding("several --prompt-file", refused)

    def _watch_mistakes(self) -> Iterator[Mistake]:
        """Yield the options and sources that a run without an end does not take."""
        refused = {
            "--files-from": self.sources.files_from is not None,
            "--limit": self.sources.limit is not None,
            "--sample": self.sources.sample is not None,
            "--pilot": self.money.pilot is not None,
            "--fresh": self.money.fresh,
            "--dry-run": self.money.dry_run,
            "--mode remove": self.files.mode is MergeMode.REMOVE,
        }
        yield from excluding("--watch", refused)
        for name in self.sources.names:
            message = f"{short_name(name)}: not a folder, which --watch needs"
            yield message, not Path(name).is_dir()

    def limits(self) -> "Limits":
        """Return the limits of the run."""
        from rwcap.usecases.batch.limits import Limits

        return Limits(
            concurrency=self.running.concurrency,
            captions=self.sources.limit,
            errors=self.running.max_errors,
            seconds=self.running.max_duration,
            sample=self.sources.sample,
            seed=self.sources.seed,
            goes_on=self.running.watch,
        )


class BatchOptions(PlanOptions):
    """The options of a batch, which can check captions instead."""

    texts: Texts
    checking: Checking

    def mistakes(self) -> Iterator[Mistake]:
        """Yield the possible mistakes, and the options that no check takes."""
        yield from super().mistakes()
        if self.texts.table is not None:
            yield from self.texts.conflicts(
                self.sources, self.request, self.files, self.money
            )
            refused = {
                "--fields": self.fields.is_given,
                "--check-only": self.checking.check_only,
                f"--on-fail {self.checking.on_fail}": self.checking.on_fail
                in {OnFail.RETRY, OnFail.DROP_SENTENCE},
                "--watch": self.running.watch,
                "--engine": self.cluster.is_used,
            }
            yield from excluding("--texts", refused)
        if self.money.dry_run and not self.texts.table:
            printed = {"--json": self.checking.json, "--jsonl": self.files.jsonl}
            yield from excluding("--dry-run", printed)
        if self.files.hold:
            refused = {
                "--texts": self.texts.table is not None,
                "--check-only": self.checking.check_only,
                "--mode remove": self.files.mode is MergeMode.REMOVE,
                "several --prompt-file": self.request.is_trial,
                "--engine": self.cluster.is_used,
            }
            yield from excluding("--hold", refused)
        yield (
            "--json needs --check-only, or several --prompt-file",
            self.checking.json
            and not (self.checking.check_only or self.request.is_trial),
        )
        yield (
            "--json and --jsonl exclude each other",
            self.checking.json and self.files.jsonl,
        )
        yield from self._check_mistakes()

    def _check_mistakes(self) -> Iterator[Mistake]:
        """Yield the options that checks do not take."""
        checking = self.checking
        has_summary = bool(self.files.report) and not self.files.makes_sheet
        changes = {
            "--mode": self.files.mode is not MergeMode.SKIP,
            "--pilot": self.money.pilot is not None,
            "--fresh": self.money.fresh,
            "--watch": self.running.watch,
            "--texts": self.texts.table is not None,
            "--on-fail": checking.on_fail is not OnFail.WARN,
        }
        only_checks = changes | {
            "-o": self.files.output is not None,
            "--report FILE.json": has_summary,
            "--jsonl": self.files.jsonl,
            "--limit": self.sources.limit is not None,
            "--sample": self.sources.sample is not None,
            "--fields": self.fields.is_given,
            "--engine": self.cluster.is_used,
            "--dry-run": self.money.dry_run,
            "--only": checking.only is not None,
        }
        of_run = {
            "several --prompt-file": self.request.is_trial,
            "--engine ray": self.cluster.is_used,
            "--mode remove": self.files.mode is MergeMode.REMOVE,
        }
        yield (
            "--report FILE.html and --engine ray exclude each other",
            self.files.makes_sheet and self.cluster.is_used,
        )
        if checking.check_only:
            yield from excluding("--check-only", only_checks)
        if checking.only is not None:
            yield from excluding("--only", changes)
        if checking.is_of_run:
            yield from excluding("--only" if checking.only else "--check", of_run)
        yield (
            "a run with --watch has no end, so no set of captions to check",
            checking.is_of_run and self.running.watch and checking.names_set_check,
        )


class EstimateOptions(PlanOptions):
    """The options of a batch whose cost is estimated."""

    files: EstimateFiles
