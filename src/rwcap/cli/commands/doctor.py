"""`rwcap config doctor`: collects the findings of all checks."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Final

from rwcap import __version__
from rwcap.api.account import Account
from rwcap.api.wire import Reply
from rwcap.cli.commands.credentials import RETRY_POLICY
from rwcap.cli.options.batch import BatchOptions
from rwcap.cli.service import Service
from rwcap.cli.settings import effective
from rwcap.cli.settings.effective import Settings
from rwcap.cli.settings.registry import KEYS
from rwcap.cli.wiring import open_account_context
from rwcap.core.errors import RwcapError, TaskError
from rwcap.ledger.database.access import RESCUE, has_file
from rwcap.ledger.database.audit import audit, sqlite_version, unfinished_folders
from rwcap.ledger.database.rescue import rescue
from rwcap.settings import credentials, machine, private_files
from rwcap.settings.folders import config_folder, data_folder
from rwcap.settings.toml_files import config_file, project_settings, user_settings
from rwcap.usecases import doctor_checks
from rwcap.usecases.account import fetch_account
from rwcap.usecases.doctor_checks import Finding, Severity, ok, skipped, worst

_TIMEOUT: Final = 4.0
"""Seconds for the connection and for the reply, while the user waits."""

_NO_LEDGER: Final = skipped("ledger", "there is none: nothing was bought yet")


def collect(profile: str | None, *, offline: bool) -> list[Finding]:
    """Return all findings, in order of dependency."""
    found = [
        ok("rwcap", __version__),
        ok("Python", f"{machine.python_version()} on {machine.operating_system()}"),
        doctor_checks.sqlite(sqlite_version()),
    ]
    try:
        found += _folders()
    except RwcapError as error:
        return [*found, doctor_checks.failed("folders", error)]
    # The audit of a large ledger takes as long as all other checks together.
    ledgers: list[Finding] = []
    audits = Thread(target=lambda: ledgers.extend(_ledgers()))
    audits.start()
    settings, findings = _settings(profile)
    found += findings
    found += doctor_checks.variables(os.environ, _known_variables())
    service = _service(settings)
    key = _key(service)
    found.append(key)
    # Invalid settings may name another service.
    offline |= worst(findings) is Severity.PROBLEM
    found += _network(service, has_key=key.severity is Severity.OK, offline=offline)
    audits.join()
    found += ledgers
    found += [
        _temporary_files(),
        doctor_checks.optional_part(
            "Pillow", "convert images", installed=machine.has_module("PIL")
        ),
        doctor_checks.optional_part(
            "pillow-heif",
            "read HEIC images",
            installed=machine.has_module("pillow_heif"),
        ),
        doctor_checks.optional_part(
            "pyarrow",
            "read and write Parquet files",
            installed=machine.has_module("pyarrow"),
        ),
        doctor_checks.optional_part(
            "exiftool",
            "show the metadata of files",
            installed=machine.has_program("exiftool"),
        ),
        doctor_checks.terminal(machine.terminal_info(os.environ)),
    ]
    return found


def rescue_ledgers() -> list[Finding]:
    """Rescue each damaged ledger. Return the findings about all ledgers."""
    found = []
    for path in _ledger_files():
        name, report = path.parent.name, audit(path)
        if not (report.problems and report.hint == RESCUE):
            found.append(doctor_checks.ledger(name, report))
            continue
        try:
            found += doctor_checks.rescued(name, rescue(path))
        except RwcapError as error:
            found.append(doctor_checks.failed("ledger", error))
    return found or [_NO_LEDGER]


def _folders() -> list[Finding]:
    return [
        doctor_checks.config_folder(machine.folder_status(config_folder())),
        doctor_checks.data_folder(machine.folder_status(data_folder())),
    ]


def _settings(profile: str | None) -> tuple[Settings, list[Finding]]:
    """Return the settings and the findings about them."""
    try:
        environment = effective.environment()
        named = environment.get("profile")
        found = effective.read(
            profile or (str(named.value) if named else None),
            user=user_settings(),
            project=project_settings(),
            environment=environment,
        )
    except RwcapError as failure:
        return Settings(), [doctor_checks.failed("settings", failure)]
    origins = dict.fromkeys(setting.origin for setting in found.held.values())
    origin_text = (
        f"from {', '.join(origins)}" if origins else "none; the defaults apply"
    )
    return found, [ok("settings", origin_text)]


def _known_variables() -> set[str]:
    declared = {
        str(variable)
        for option in BatchOptions.options().values()
        for metadata in option.annotation.__metadata__
        if (variable := getattr(metadata, "envvar", None))
    }
    known = {key.variable for key in KEYS.values() if key.variable}
    return declared | known | {*credentials.KEY_VARIABLES}


def _service(settings: Settings) -> Service:
    url = settings.held.get("api_url")
    return Service(
        sandbox=False,
        api_url=str(url.value) if url else None,
        timeout=_TIMEOUT,
        profile=settings.profile,
    )


def _key(service: Service) -> Finding:
    try:
        key = credentials.load_key(os.environ, service.profile)
    except RwcapError as failure:
        return doctor_checks.no_key(failure)
    return ok("key", f"{key.masked} of {key.origin}")


def _network(service: Service, *, has_key: bool, offline: bool) -> Iterator[Finding]:
    """Yield findings about the network, the service and the clock."""
    from rwcap.api import network

    yield doctor_checks.proxy(network.describe_proxy(os.environ))
    try:
        yield ok("certificates", network.describe_certificates(os.environ))
        if offline:
            yield skipped("service", "no network was used, so it was not queried")
            yield skipped("clock", "no network was used, so it was not compared")
            return
        answer, ahead = _query_service(service, has_key=has_key)
    except RwcapError as failure:
        yield doctor_checks.failed("network", failure)
        return
    yield from doctor_checks.service(answer, has_key=has_key)
    yield doctor_checks.clock(ahead)


def _query_service(
    service: Service, *, has_key: bool
) -> tuple[Account | TaskError, float | None]:
    """Return the reply of the service and the lead of its clock in seconds.

    Without a key, the query has an invalid one: its refusal shows that the service
    is available.
    """
    replies: list[Reply] = []

    with open_account_context(service, key=None if has_key else "none") as context:

        def query(body: bytes) -> Reply:
            replies.append(context.query(body))
            return replies[-1]

        answer: Account | TaskError
        try:
            answer = fetch_account(context._replace(query=query), RETRY_POLICY)
        except TaskError as failure:
            answer = failure
    return answer, replies[-1].clock_ahead if replies else None


def _ledgers() -> Iterator[Finding]:
    """Yield a finding for each ledger."""
    paths = _ledger_files()
    for path in paths:
        yield doctor_checks.ledger(path.parent.name, audit(path))
    if not paths:
        yield skipped("ledger", "there is no ledger, because nothing was bought yet")


def _ledger_files() -> list[Path]:
    """Return the files of all ledgers.

    A damaged one may be missing. One in a folder that cannot be read counts, too.
    """
    found = []
    for folder in sorted(data_folder().glob("*")):
        path = folder / "ledger.sqlite3"
        try:
            is_there = folder.name != "locks" and has_file(path)
        except RwcapError:
            is_there = folder.is_dir() or folder.name.startswith("ledger")
        found += [path] if is_there else []
    return found


def _temporary_files() -> Finding:
    """Check for leftover temporary files in the folders that rwcap writes to."""
    from rwcap.outputs.temporary import leftovers

    folders: set[str] = set()
    with suppress(FileNotFoundError):  # the current folder may be removed
        folders.add(str(Path.cwd()))
    for path in _ledger_files():
        folders |= set(unfinished_folders(path))
    left = [path for folder in sorted(folders) for path in leftovers(folder)]
    files = (config_file(), credentials.credentials_file())
    own = {Path(os.path.realpath(each)).parent for each in files}
    left += [
        str(path)
        for folder in sorted(own)
        for path in private_files.temporary_files(folder)
    ]
    return doctor_checks.temporary_files(
        left, len(folders | {str(each) for each in own})
    )
