"""Secrets are in no output, no file and no process but where the user put them."""

import base64
import json
import os
import resource
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
import trustme

from tests import draw, leaks, proxy
from tests import service as faults
from tests.process import SENTINEL, Result, Rwcap
from tests.service import Exchange, Fault, Service, running
from tests.waiting import wait_until

PHOTO = str(draw.FOLDER / "harbour.jpg")
QUERY = "sentinel-token-of-the-address"
HOOK = "sentinel-token-of-the-webhook"
UPLOAD = "sentinel-token-of-the-upload"
PASSWORD = "sentinel-password-of-the-proxy"
KEEPERS = {"credentials.toml", "config.yaml"}
"""Files in which the key belongs."""

SECRETS = (SENTINEL, QUERY, HOOK, UPLOAD, PASSWORD)

URLS = (
    *("--webhook-url", f"https://hook.example/{HOOK}?also={HOOK}"),
    *("--upload-endpoint", f"https://me:{UPLOAD}@upload.example/?to={UPLOAD}#{UPLOAD}"),
)

COMMANDS = {
    "caption": ["caption", PHOTO, "-vv"],
    "caption to files": ["caption", "photo.jpg", "--json", "--write", "metadata"],
    "caption with URLs": ["caption", PHOTO, "--json", "-vv", *URLS],
    "dry run": ["caption", PHOTO, "--dry-run", *URLS],
    "batch": [
        *("batch", PHOTO, "photo.jpg", "-vv", "--jsonl", "--write", "txt"),
        *("--out-dir", "texts", "-o", "out.csv", "--report", "report.json"),
    ],
    "batch to JSONL": ["batch", PHOTO, "photo.jpg", "-o", "out.jsonl"],
    "estimate": ["cost", "estimate", PHOTO],
    "cost": ["cost", "--by", "run", "--json"],
    "balance": ["cost", "balance"],
    "reconcile": ["cost", "reconcile"],
    "recover": ["cost", "recover"],
    "list": ["config", "list"],
    "list as JSON": ["config", "list", "--json"],
    "status": ["config", "status"],
    "doctor": ["config", "doctor", "--json"],
}


def _requested(exchange: Exchange) -> str:
    """Return everything that a server knows of a request but its body, and the URLs."""
    (task,) = json.loads(exchange.body)
    lines = [exchange.handler.requestline, *exchange.handler.headers.items()]
    urls = (task.get("webhookURL"), task.get("uploadEndpoint"))
    return " ".join(map(str, (*lines, *urls)))


def refuse(exchange: Exchange) -> None:
    """Refuse the key, in a message that repeats it."""
    error = {"code": "invalidApiKey", "message": f"{_requested(exchange)} is wrong"}
    exchange.send(401, json.dumps({"errors": [error]}).encode())


def refuse_with_escapes(exchange: Exchange) -> None:
    """Refuse the request with another way to write the same JSON."""
    message = "".join(f"\\u{ord(character):04x}" for character in _requested(exchange))
    error = f'{{"errors": [{{"code": "oddity", "message": "{message}"}}]}}'
    exchange.send(400, error.encode())


def refuse_in_parts(exchange: Exchange) -> None:
    """Refuse the webhook, in a message with parts of its URL."""
    (task,) = json.loads(exchange.body)
    url = task.get("webhookURL") or ""
    _, _, rest = url.partition("://")
    message = f"{HOOK}: no {rest} (/{rest.partition('/')[2]}), {quote(url, safe='')}"
    error = {"code": "invalidWebhook", "message": message if url else "no webhook"}
    exchange.send(400, json.dumps({"errors": [error]}).encode())


def web_page(exchange: Exchange) -> None:
    """Fail with a page for developers."""
    headers = {"X-Request": _requested(exchange)}
    exchange.send(500, f"<html>{_requested(exchange)}</html>".encode(), headers)


def redirect(exchange: Exchange) -> None:
    """Send the client elsewhere, with everything in the URL."""
    there = exchange.handler.headers["Authorization"].removeprefix("Bearer ")
    location = f"http://127.0.0.1:1/{exchange.handler.path}&key={there}"
    exchange.send(302, b"", {"Location": location})


def caption(exchange: Exchange) -> None:
    """Answer with a caption that repeats the request."""
    faults.caption(_requested(exchange))(exchange)


REPLIES: dict[str, Fault] = {
    each.__name__: each
    for each in (
        refuse,
        refuse_with_escapes,
        refuse_in_parts,
        web_page,
        redirect,
        caption,
        faults.plainly,
        faults.truncate,
    )
}
REPLIES["reset"] = faults.reset(accepted=True)


class Sweep:
    """Runs commands, and looks for secrets after each."""

    def __init__(self, rwcap: Rwcap, **variables: str) -> None:
        """Search in the home of the program."""
        self.rwcap = rwcap.with_environment(
            RWCAP_RETRIES="0", RWCAP_TIMEOUT="5", **variables
        )
        self.wanted = leaks.pattern(SECRETS)

    def run(self, *arguments: str, stdin: bytes = b"") -> Result:
        """Run a command, which must give nothing away."""
        result = self.rwcap.run(*arguments, stdin=stdin)
        self.look(result.out, result.err)
        return result

    def look(self, *texts: str) -> None:
        """Look for secrets in texts and in all files."""
        for text in texts:
            assert self.wanted.search(text.encode("utf-8", "surrogateescape")) is None
        found = leaks.files(self.rwcap.home, self.wanted)
        assert [path for path in found if path.name not in KEEPERS] == []


@pytest.fixture
def sweep(rwcap: Rwcap, service: Service) -> Sweep:
    """Return the program with a secret wherever one can be."""
    (rwcap.home / "photo.jpg").write_bytes(Path(PHOTO).read_bytes())
    return Sweep(
        rwcap,
        RWCAP_API_KEY=SENTINEL,
        RWCAP_API_URL=f"{service.url}?token={QUERY}",
        HTTPS_PROXY=f"http://me:{PASSWORD}@127.0.0.1:1",
    )


ONE = ["caption with URLs"]


@pytest.mark.parametrize(
    ("names", "reply"),
    [
        pytest.param(
            names,
            reply,
            id=f"{len(names)}-{name}",
            marks=()
            if name in {"caption", "refuse"} or names == ONE
            else pytest.mark.soak,
        )
        for name, reply in REPLIES.items()
        for names in (list(COMMANDS), ONE)
    ],
)
@pytest.mark.promises("secrets")
def test_no_command_gives_a_secret_away_whatever_the_service_replies(  # noqa: PLR0913, PLR0917  # fixtures
    sweep: Sweep,
    service: Service,
    names: list[str],
    reply: Fault,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    """Not in text, JSON, CSV, tracebacks, ledgers, reports or metadata."""
    service.otherwise = reply
    if reply not in {caption, faults.plainly}:
        monkeypatch.setattr(service, "serve", reply)  # of queries, too

    for name in names:
        sweep.run(*COMMANDS[name])

    record_property("runs", len(names))


KEY_COMMANDS = {
    "typed": (["config", "set-key"], SENTINEL),
    "not verified": (["config", "set-key", "--no-verify"], SENTINEL),
    "of a profile": (["config", "set-key", "--profile", "work"], SENTINEL),
    "two words": (["config", "set-key"], f"{SENTINEL} {SENTINEL}"),
    "not ASCII": (["config", "set-key", "--no-verify"], f"é{SENTINEL}"),
    "on the command line": (["config", "set-key", SENTINEL], ""),
    "as an option": (["config", "set-key", f"--key={SENTINEL}"], ""),
    "of Runware": (["config", "set-key", "--from-runware"], ""),
    "as a setting": (["config", "set", "api_key", SENTINEL], ""),
    "removed": (["config", "remove-key"], ""),
}


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(each, marks=() if each == "refuse" else pytest.mark.soak)
        for each in REPLIES
    ],
)
@pytest.mark.promises("secrets")
def test_a_key_that_is_stored_is_in_its_own_file_only(
    rwcap: Rwcap,
    service: Service,
    reply: str,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    """Whether it is refused, malformed or typed where others can read it."""
    monkeypatch.setattr(service, "serve", REPLIES[reply])
    sweep = Sweep(rwcap, RWCAP_API_URL=service.url)
    (rwcap.home / ".runware").mkdir()
    (rwcap.home / ".runware/config.yaml").write_text(f"api_key: {SENTINEL}\n")

    for arguments, typed in KEY_COMMANDS.values():
        sweep.run(*arguments, stdin=typed.encode())
        sweep.run("config", "status", "--json")

    record_property("runs", 2 * len(KEY_COMMANDS))


@pytest.mark.parametrize(
    "text",
    [
        f'api_key = "{SENTINEL}',
        f"api_key = {SENTINEL}",
        f'api_key = ["{SENTINEL}"]',
        f'api_key = "{SENTINEL} {SENTINEL}"',
        f'key = "{SENTINEL}"',
        f"[profiles]\nwork = '{SENTINEL}'",
    ],
)
@pytest.mark.promises("secrets")
def test_a_damaged_file_of_the_key_is_not_repeated(rwcap: Rwcap, text: str) -> None:
    """The message names the file."""
    file = rwcap.home / ".config/rwcap/credentials.toml"
    file.parent.mkdir(parents=True)
    file.parent.chmod(0o700)
    file.write_text(text)
    file.chmod(0o600)
    sweep = Sweep(rwcap)

    for arguments in (["caption", PHOTO, "-vv"], ["config", "doctor", "--offline"]):
        assert sweep.run(*arguments).status in {1, 4, 78}


WRONG_PLACES = (
    SENTINEL,
    f"--{SENTINEL}",
    f"config {SENTINEL}",
    f"config status {SENTINEL}",
    f"config remove-key {SENTINEL}",
    f"config doctor {SENTINEL}",
    f"config status --profile {SENTINEL}",
    f"config get api_key={SENTINEL}",
    f"config set {SENTINEL} 1",
    f"config set model {SENTINEL}",
    f"cost balance {SENTINEL}",
    f"cost --since {SENTINEL.upper()}",
    f"caption {SENTINEL}",
    f"caption --fetch {SENTINEL} -vv",
    f"batch {SENTINEL} --preset {SENTINEL}",
)


@pytest.mark.parametrize("words", WRONG_PLACES)
@pytest.mark.promises("secrets")
def test_a_key_in_a_wrong_place_is_not_repeated(rwcap: Rwcap, words: str) -> None:
    """It is that of the environment, or that of the file with `config`."""
    if words.startswith("config"):
        rwcap.run("config", "set-key", "--no-verify", stdin=SENTINEL.encode())
    else:
        rwcap = rwcap.with_environment(RUNWARE_API_KEY=SENTINEL)

    result = Sweep(rwcap).run(*words.split())

    assert "[secret]" in result.err
    assert result.status


@pytest.mark.parametrize(
    "line",
    [f"{SENTINEL} = 1", f'model = "{SENTINEL}"', f"profiles.{SENTINEL}.a = 1"],
)
@pytest.mark.promises("secrets")
def test_a_key_in_a_settings_file_is_not_repeated(rwcap: Rwcap, line: str) -> None:
    """Neither by the commands that refuse the file nor by doctor."""
    rwcap.run("config", "set-key", "--no-verify", stdin=SENTINEL.encode())
    file = rwcap.home / ".config/rwcap/config.toml"
    file.write_text(line)

    ends = [
        rwcap.run("caption", PHOTO),
        rwcap.run("config", "doctor", "--offline"),
        rwcap.run("config", "doctor", "--offline", "--json"),
    ]

    file.unlink()
    assert [end.status for end in ends] == [78, 1, 1]
    assert all("[secret]" in end.out + end.err for end in ends)


def test_a_key_that_cannot_be_read_prevents_no_message(rwcap: Rwcap) -> None:
    """The error is that of the command line."""
    file = rwcap.home / ".config/rwcap/credentials.toml"
    file.mkdir(parents=True)
    file.parent.chmod(0o700)
    lost = rwcap.with_environment(HOME="")

    ends = [rwcap.run("captoin"), lost.run("captoin")]

    assert [end.status for end in ends] == [2, 2]
    assert all("no such command 'captoin'" in end.err for end in ends)


def say_all(client: socket.socket, _: socket.socket) -> None:
    """Refuse a tunnel, with everything that is known of the client."""
    credentials = base64.b64encode(f"me:{PASSWORD}".encode())
    client.sendall(b"HTTP/1.1 407 %s for me:%s\r\n" % (credentials, PASSWORD.encode()))
    client.sendall(b"X-Said: %s\r\n\r\n%s" % (credentials, credentials))


def greet(client: socket.socket, _: socket.socket) -> None:
    """Answer with what is not HTTP."""
    client.sendall(b"Welcome me:%s\r\n\r\n" % PASSWORD.encode())


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        (say_all, "the proxy answered 407 (Proxy Authentication Required)"),
        (proxy.say(b"HTTP/1.1 799 Hm\r\n\r\n"), "the proxy answered 799\n"),
        (greet, "illegal status line"),
        (proxy.tunnel, "the certificate of 127.0.0.1"),
    ],
)
@pytest.mark.promises("secrets")
def test_a_proxy_and_a_server_with_another_certificate_get_no_key(
    rwcap: Rwcap, behave: proxy.Behaviour, reason: str
) -> None:
    """Nor is the password of the proxy printed."""
    certificate = trustme.CA().issue_cert("127.0.0.1")
    with running(certificate) as service, proxy.running(behave) as url:
        with_password = url.replace("://", f"://me:{PASSWORD}@")
        sweep = Sweep(
            rwcap,
            RWCAP_API_KEY=SENTINEL,
            RWCAP_API_URL=f"{service.url}?token={QUERY}",
            HTTPS_PROXY=with_password,
        )

        result = sweep.run("caption", PHOTO, "-vv")

        assert result.status == 6
        assert reason in result.err
        assert service.requests == []


def status_line(exchange: Exchange) -> None:
    """Answer with what is not HTTP."""
    exchange.handler.wfile.write(f"{_requested(exchange)}\r\n\r\n".encode())
    exchange.handler.close_connection = True


@pytest.mark.parametrize("through", [True, False])
@pytest.mark.promises("secrets")
def test_a_server_that_does_not_speak_http_is_not_repeated(
    rwcap: Rwcap, *, through: bool
) -> None:
    """Neither in a message nor in a traceback."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(rwcap.home / "ca.pem"))
    with (
        running(authority.issue_cert("127.0.0.1")) as service,
        proxy.running(proxy.tunnel) as url,
    ):
        service.otherwise = status_line
        sweep = Sweep(
            rwcap,
            RWCAP_API_KEY=SENTINEL,
            RWCAP_API_URL=f"{service.url}?token={QUERY}",
            SSL_CERT_FILE=str(rwcap.home / "ca.pem"),
            **({"HTTPS_PROXY": url} if through else {}),
        )

        result = sweep.run("caption", PHOTO, "-vv")

    assert "lost the connection" in result.err
    assert result.status == 10


@pytest.mark.promises("secrets")
def test_a_defect_prints_no_secret(sweep: Sweep, tmp_path: Path) -> None:
    """A traceback has code, and no values."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "sys.modules['click'] = None\n"
        "from rwcap.api import transport\n"
        "def post(self, headers, body, timeout):\n"
        "    return {}[len(headers['Authorization'])]\n"
        "transport.DirectTransport.post = post\n"
    )
    order = sweep.rwcap.with_environment(PYTHONPATH=str(tmp_path))

    with order.start("caption", PHOTO, "-vv") as process:
        out, err = process.communicate(timeout=60)

    assert b"internal error: KeyError" in err
    assert b"Traceback" in err
    sweep.look(out.decode(), err.decode())


def held(replied: threading.Event) -> Fault:
    """Wait before the reply."""

    def fault(exchange: Exchange) -> None:
        replied.wait(60)
        faults.plainly(exchange)

    return fault


@pytest.mark.promises("secrets")
def test_a_process_that_works_shows_no_secret(sweep: Sweep, service: Service) -> None:
    """Not in its arguments, threads and children, nor in the files it works on."""
    replied = threading.Event()
    service.otherwise = held(replied)
    with sweep.rwcap.start(*COMMANDS["batch"]) as process:
        wait_until(lambda: service.requests)
        folder = Path(f"/proc/{process.pid}")
        names = [path.read_text() for path in folder.glob("task/*/comm")]
        children = [path.read_text() for path in folder.glob("task/*/children")]
        arguments = (folder / "cmdline").read_text()
        sweep.look(arguments, *names)
        replied.set()
        process.communicate(timeout=60)

    assert "".join(children) == ""
    assert process.returncode == 0
    sweep.look()


@pytest.mark.promises("secrets")
def test_a_crash_writes_no_memory_to_a_file(sweep: Sweep, service: Service) -> None:
    """A core dump would have the key, wherever the system stores it."""
    replied = threading.Event()
    service.otherwise = held(replied)
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    limit = "unlimited" if hard == resource.RLIM_INFINITY else hard // 1024
    script = f"ulimit -c {limit}; RWCAP_TIMEOUT=60 exec rwcap caption {PHOTO}"
    with sweep.rwcap.start_shell(script) as process:
        wait_until(lambda: service.requests)
        os.kill(process.pid, signal.SIGABRT)
        _, status = os.waitpid(process.pid, 0)
        replied.set()

    assert os.WTERMSIG(status) == signal.SIGABRT
    assert not os.WCOREDUMP(status)
    sweep.look()
