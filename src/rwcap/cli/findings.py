"""What `rwcap config doctor` looks at, and how it is shown."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from rwcap import __version__
from rwcap.adapters import machine, settings
from rwcap.adapters.ledger.audit import audit, unfinished_folders
from rwcap.cli import compose, layers, options, talk
from rwcap.cli.keychain import PATIENCE
from rwcap.cli.keys import KEYS
from rwcap.cli.layers import Settings
from rwcap.domain.account import Account
from rwcap.domain.errors import RwcapError, TaskError
from rwcap.domain.finding import Finding, Grade, ok, worst
from rwcap.domain.text import escape_json, for_terminal, one_line
from rwcap.domain.wire import Reply
from rwcap.usecases import check
from rwcap.usecases.account import details

_SECONDS: Final = 4.0
"""To connect, and to be answered: somebody waits."""

_STYLES: Final = {Grade.OK: "green", Grade.WARNING: "yellow", Grade.PROBLEM: "bold red"}


def collect(profile: str | None, *, offline: bool) -> list[Finding]:
    """Return all findings, in the order in which one depends on the other."""
    found = [
        ok("rwcap", __version__),
        ok("Python", f"{machine.python()} on {machine.system()}"),
        check.sqlite(machine.sqlite()),
    ]
    try:
        found += _folders()
    except RwcapError as homeless:
        return [*found, check.failed("folders", homeless)]
    held, judged = _settings(profile)
    found += judged
    found += check.variables(os.environ, _known_variables())
    service = _service(held)
    key = _key(service)
    found.append(key)
    # Where the settings are broken, nobody knows which service is meant.
    offline |= worst(judged) is Grade.PROBLEM
    found += _network(service, has_key=key.grade is Grade.OK, offline=offline)
    found += _ledgers()
    found += [
        _temporary_files(),
        check.part("Pillow", "converts images", installed=machine.has_module("PIL")),
        check.part(
            "pillow-heif", "reads HEIC", installed=machine.has_module("pillow_heif")
        ),
        check.part(
            "exiftool", "shows metadata", installed=machine.has_program("exiftool")
        ),
        check.screen(machine.screen(os.environ)),
    ]
    return found


def lines(found: Sequence[Finding]) -> str:
    """Return a line for each finding, and below it what to do, if anything."""
    width = max(len(each.topic) for each in found)
    shown = []
    for each in found:
        told = for_terminal(one_line(each.told))
        shown.append((each.grade, f"{each.topic:{width}}  {told}"))
    if not sys.stdout.isatty():
        return "".join(
            f"{grade:7}  {told}\n{_advice(each)}"
            for each, (grade, told) in zip(found, shown, strict=True)
        )
    from rich.text import Text

    console = talk.console(sys.stdout)
    with console.capture() as captured:
        for each, (grade, told) in zip(found, shown, strict=True):
            line = Text.assemble((f"{grade:7}", _STYLES[grade]), f"  {told}")
            console.print(line, soft_wrap=True)
            console.print(Text(_advice(each), "dim"), end="", soft_wrap=True)
    return captured.get()


def document(found: Sequence[Finding]) -> str:
    """Return them for programs."""
    told = {
        "v": 1,
        "findings": [
            {
                "topic": each.topic,
                "grade": each.grade,
                "told": each.told,
                "advice": each.advice,
            }
            for each in found
        ],
    }
    return escape_json(json.dumps(told, indent=2, ensure_ascii=False)) + "\n"


def _advice(finding: Finding) -> str:
    return f"{'':7}  -> {for_terminal(finding.advice)}\n" if finding.advice else ""


def _folders() -> list[Finding]:
    return [
        check.config_folder(machine.folder(settings.config_folder())),
        check.data_folder(machine.folder(settings.data_folder())),
    ]


def _settings(profile: str | None) -> tuple[Settings, list[Finding]]:
    """Return what is set, and whether it can be used."""
    try:
        environment = layers.environment()
        named = environment.get("profile")
        found = layers.read(
            profile or (str(named.value) if named else None),
            user=settings.user_settings(),
            project=settings.project_settings(),
            environment=environment,
        )
    except RwcapError as failure:
        return Settings(), [check.failed("settings", failure)]
    origins = dict.fromkeys(setting.origin for setting in found.held.values())
    told = f"from {', '.join(origins)}" if origins else "none; the defaults hold"
    return found, [ok("settings", told)]


def _known_variables() -> set[str]:
    declared = {
        str(variable)
        for option in vars(options).values()
        for metadata in getattr(option, "__metadata__", ())
        if (variable := getattr(metadata, "envvar", None))
    }
    known = {key.variable for key in KEYS.values() if key.variable}
    return declared | known | {*settings.KEY_VARIABLES}


def _service(held: Settings) -> compose.Service:
    url = held.held.get("api_url")
    return compose.Service(
        sandbox=False,
        api_url=str(url.value) if url else None,
        timeout=_SECONDS,
        profile=held.profile,
    )


def _key(service: compose.Service) -> Finding:
    try:
        key = compose.key(service)
    except RwcapError as failure:
        return check.no_key(failure)
    return ok("key", f"{key.tail} of {key.origin}")


def _network(
    service: compose.Service, *, has_key: bool, offline: bool
) -> Iterator[Finding]:
    """Yield what is between us and the service, and what it says."""
    from rwcap.adapters import runware

    yield ok("proxy", runware.proxy(os.environ) or "none")
    try:
        yield ok("certificates", runware.certificates(os.environ))
        if offline:
            yield ok("service", "not asked")
            return
        answer, ahead = _ask(service, has_key=has_key)
    except RwcapError as failure:
        yield check.failed("network", failure)
        return
    yield from check.service(answer, has_key=has_key)
    yield check.clock(ahead)


def _ask(
    service: compose.Service, *, has_key: bool
) -> tuple[Account | TaskError, float | None]:
    """Return what the service says of the account, and how far its clock is ahead.

    Without a key it is asked with a word that is none: that it refuses it shows
    that it is there.
    """
    replies: list[Reply] = []

    with compose.inquiry(service, key=None if has_key else "none") as inquiry:

        def ask(body: bytes) -> Reply:
            replies.append(inquiry.ask(body))
            return replies[-1]

        answer: Account | TaskError
        try:
            answer = details(replace(inquiry, ask=ask), PATIENCE)
        except TaskError as failure:
            answer = failure
    return answer, replies[-1].ahead if replies else None


def _ledgers() -> Iterator[Finding]:
    """Yield what is found in each ledger there is."""
    paths = _ledger_files()
    for path in paths:
        yield check.ledger(path.parent.name, audit(path))
    if not paths:
        yield ok("ledger", "none yet: nothing was bought")


def _ledger_files() -> list[Path]:
    return sorted(settings.data_folder().glob("*/ledger.sqlite3"))


def _temporary_files() -> Finding:
    """Look for leftovers in the folders that rwcap is known to write to."""
    from rwcap.adapters.outputs.temporary import leftovers

    folders: set[str] = set()
    with suppress(FileNotFoundError):  # the current folder may be removed
        folders.add(str(Path.cwd()))
    for path in _ledger_files():
        folders |= set(unfinished_folders(path))
    left = [path for folder in sorted(folders) for path in leftovers(folder)]
    files = (settings.config_file(), settings.credentials_file())
    own = {Path(os.path.realpath(each)).parent for each in files}
    left += [str(path) for folder in sorted(own) for path in settings.drafts(folder)]
    return check.temporary_files(left, len(folders | {str(each) for each in own}))
