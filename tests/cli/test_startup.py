"""A command imports what it uses: sets of modules, not milliseconds."""

import subprocess
import sys

import pytest

from tests import draw
from tests.process import Rwcap

PHOTO = str(draw.FOLDER / "harbour.jpg")
HTTP = {"httpx", "ssl", "asyncio"}
WORK = {"rwcap.usecases", "rwcap.ledger.ledger", "rwcap.api.wire", "hashlib"}
SETTINGS = {
    "tomllib",
    "tomlkit",
    "decimal",
    "rwcap.cli.settings.effective",
    "rwcap.cli.settings.registry",
}
SCREEN = {"rich", "rich.console"}
BATCH = {
    "rwcap.cli.commands.batch",
    "rwcap.cli.options.batch",
    "rwcap.cli.terminal.run_view",
    "rwcap.usecases.batch",
}
OPTIONS = {"rwcap.cli.commands", "rwcap.cli.options", "rwcap.api", "dataclasses"}
WATCH = {"watchfiles", "rwcap.sources.watch", "rwcap.cli.commands.watch"}
PILLOW = {"PIL", "pillow_heif"}
IMAGES = {"rwcap.images", "rwcap.metadata"}


def loaded(rwcap: Rwcap, *arguments: str) -> set[str]:
    """Return the modules that a command has imported when it ends."""
    code = """if True:
        import atexit, sys
        from rwcap.__main__ import main
        atexit.register(lambda: sys.stderr.write("\\n" + " ".join(sys.modules)))
        main()
    """
    # Measuring coverage imports modules of its own.
    environment = {
        key: value
        for key, value in rwcap.environment.items()
        if not key.startswith("COVERAGE")
    }
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=environment,
        cwd=rwcap.home,
        timeout=60,
        check=False,
    )
    return set(done.stderr.decode().splitlines()[-1].split())


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (["--version"], {"typer", "rwcap.cli", "rwcap.core", "enum", "signal"}),
        (["--help"], HTTP | SCREEN | OPTIONS | {"platformdirs", "sqlite3"}),
        (
            ["caption", "-h"],
            HTTP | SCREEN | PILLOW | WORK | SETTINGS | BATCH | {"sqlite3"},
        ),
        (["config"], HTTP | SCREEN | {"platformdirs", "sqlite3", "rwcap.usecases"}),
        (
            ["cost"],
            HTTP | SCREEN | IMAGES | {"json", "csv", "hashlib", "random", "decimal"},
        ),
        (["cost"], {"rwcap.api.wire", "rwcap.usecases", "rwcap.ledger.purchases"}),
        (["config", "list"], HTTP | SCREEN | {"sqlite3", "rwcap.images.read", "json"}),
        (["cost", "-h"], HTTP | SCREEN | WORK | BATCH | {"platformdirs", "sqlite3"}),
        (["cost", "estimate", "-h"], HTTP | SCREEN | WORK | {"sqlite3"}),
        (["captoin"], HTTP | SCREEN | WORK | {"rwcap.cli.help_page"}),
        (["config", "path"], HTTP | SCREEN | {"rwcap.usecases", "tomllib"}),
        (
            ["caption", "--dry-run", PHOTO],
            HTTP | SCREEN | PILLOW | {"tomllib", "sqlite3"},
        ),
        (["caption", "missing.jpg"], HTTP | SCREEN | {"concurrent.futures"}),
        (
            ["batch", "-h"],
            HTTP | SCREEN | WORK | SETTINGS | {"sqlite3", "rwcap.checks"},
        ),
        (["batch", PHOTO, "--dry-run"], HTTP | SCREEN | PILLOW | {"rwcap.checks"}),
        (
            ["batch", PHOTO, "--check-only"],
            HTTP | SCREEN | PILLOW | {"rwcap.ledger.ledger", "sqlite3", "tomllib"},
        ),
        (["caption", PHOTO, "--ttl=1"], HTTP | SCREEN | {"platformdirs", "tomllib"}),
        (
            ["caption", "--sandbox", PHOTO],
            HTTP | SCREEN | PILLOW | BATCH | SETTINGS - {"decimal"},
        ),
        (["batch", "--sandbox", PHOTO], PILLOW | SCREEN | WATCH | {"rwcap.checks"}),
        (
            ["caption", "--dry-run", "--max-side=99", PHOTO],
            HTTP
            | SCREEN
            | {"pillow_heif", "PIL.TiffImagePlugin", "PIL.PdfImagePlugin"},
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_command_does_not_import_what_it_does_not_use(
    rwcap: Rwcap, arguments: list[str], unwanted: set[str]
) -> None:
    """Neither HTTP where nothing is sent, nor rich where nothing is drawn."""
    modules = loaded(rwcap, *arguments)

    assert "rwcap" in modules
    assert modules & unwanted == set()


def test_a_report_of_a_ledger_needs_nothing_of_purchases(rwcap: Rwcap) -> None:
    """It reads sums; images, requests and replies are of no use to it."""
    rwcap.run("caption", "--sandbox", PHOTO)

    modules = loaded(rwcap, "cost", "--sandbox")

    assert "rwcap.ledger.reports.statements" in modules
    assert "sqlite3" in modules
    assert not modules & {"rwcap.api.wire", "rwcap.ledger.purchases", "json", "decimal"}


def test_a_report_of_a_folder_with_wide_letters_needs_no_rich(rwcap: Rwcap) -> None:
    """The columns of a table in a pipe are aligned without it."""
    folder = rwcap.home / "\u6771\u4eac e\u0301"
    folder.mkdir()
    (folder / "a.jpg").write_bytes((draw.FOLDER / "harbour.jpg").read_bytes())
    rwcap.run("caption", "--sandbox", str(folder / "a.jpg"))

    modules = loaded(rwcap, "cost", "--sandbox", "--by=folder")

    assert "rwcap.ledger.reports.statements" in modules
    assert not modules & SCREEN


def test_a_coloured_message_in_a_pipe_needs_no_rich(rwcap: Rwcap) -> None:
    """FORCE_COLOR asks for escape codes, which are constants."""
    forced = rwcap.with_environment(FORCE_COLOR="1")

    modules = loaded(forced, "caption", "missing.jpg")

    assert "rwcap.cli.terminal.messages" in modules
    assert not modules & SCREEN


def test_a_batch_collects_garbage_as_often_as_python_does(rwcap: Rwcap) -> None:
    """Start-up pauses the collector; a long run must not keep request bodies."""
    code = "import gc, sys; from rwcap.__main__ import _run; _run(sys.argv[1:])"
    code += "; sys.stderr.write(f'threshold {gc.get_threshold()[0]}')"
    done = subprocess.run(
        [sys.executable, "-c", code, "batch", "--sandbox", PHOTO],
        capture_output=True,
        env=rwcap.environment,
        cwd=rwcap.home,
        timeout=60,
        check=False,
    )

    assert done.stderr.endswith(b"threshold 700")


def test_a_caption_does_not_import_pydantic(rwcap: Rwcap) -> None:
    """Why Typer is capped; .ci/run leaves this module out with the newest."""
    modules = loaded(rwcap, "caption", "--sandbox", PHOTO, "--timeout=9")

    assert "sqlite3" in modules
    assert "pydantic" not in modules


def test_a_caption_over_loopback_imports_no_http_library(connected: Rwcap) -> None:
    """The certificates of TLS and httpx are for what needs them."""
    modules = loaded(connected, "caption", PHOTO)

    assert "rwcap.api.transport" in modules
    assert modules & (HTTP | {"httpcore", "h11", "certifi"}) == set()


def test_the_version_is_the_packages(rwcap: Rwcap) -> None:
    """`--version` alone; with company it is a mistake."""
    from rwcap import __version__

    assert rwcap.run("--version").out == f"rwcap {__version__}\n"
    assert rwcap.run("-V").out == f"rwcap {__version__}\n"
    assert rwcap.run("--version", "caption").status == 2
