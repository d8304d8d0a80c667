"""Targets in text: replies, tables, settings, templates, and what is shown of texts."""

import json
import os
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from itertools import islice
from pathlib import Path, PurePosixPath

from rwcap.api import account, reply
from rwcap.api.http_response import MAX_BODY_BYTES, ExchangeError, Incoming
from rwcap.api.wire import Reply
from rwcap.checks.all_checks import CHECKS, find_faults
from rwcap.cli.settings import effective
from rwcap.core import alt_text, csv_rows, text
from rwcap.core.dates import parse_day
from rwcap.core.errors import ConfigError, InputError, TaskError, UsageError
from rwcap.core.source import UnusableSource
from rwcap.fields.definitions import parse_short_form, short_form
from rwcap.fields.json_schema import parse_json_schema
from rwcap.fields.reader import read_reply
from rwcap.fields.rules import FieldRules
from rwcap.fields.vocabulary import parse_vocabulary
from rwcap.settings import runware_cli
from rwcap.settings.credentials import check_key
from rwcap.settings.toml_files import Document, parse_toml
from rwcap.sources.lists import open_list
from rwcap.sources.patterns import compile_glob, compile_pattern
from rwcap.sources.tables.caption_table import read_captions
from rwcap.sources.tables.tables import read_table
from rwcap.sources.templates import render_template, template_names

UUID = "50836053-a0ee-4cf5-b9d6-ae7c5d140ada"
FIELDS = parse_short_form("title,alt,description,keywords,people:int,open:bool,parts[]")
FACTS = {"name": "a.jpg", "stem": "a", "colour": "{name}"}


def decoded(data: bytes) -> str:
    """Return bytes as text, with a lone surrogate for each byte that is not UTF-8."""
    return os.fsdecode(data)


def response(data: bytes) -> None:
    """Check that a reply of HTTP is read or refused, in pieces of any size."""
    size = data[0] + 1 if data else 1
    pieces = (data[at : at + size] for at in range(1, len(data), size))
    incoming = Incoming(lambda: next(pieces, b""))
    with suppress(ExchangeError):
        found, _ = incoming.read_response()
        assert len(found.body) <= MAX_BODY_BYTES
        assert 200 <= found.status <= 999


def api_reply(data: bytes) -> None:
    """Check that any reply has an outcome, and that its texts are safe to store."""
    account.parse_account(data)
    account.parse_activity(data)
    content = reply.decode(data, UUID)
    if isinstance(content, reply.CaptionResult):
        content.text.encode()
        assert content.text == text.strip_control(content.text)
        assert content.cost is None or content.cost >= 0
    for status in (200, 400, 401, 402, 408, 429, 500, 503, 302):
        outcome = reply.classify_reply(Reply(status, data), content)
        if error := getattr(outcome, "error", None):
            assert isinstance(error, TaskError)
            assert error.message == text.one_line(error.message)
            assert len(error.message) < 1000


def fields(data: bytes) -> None:
    """Check that values of fields have the types and lengths that were asked for."""
    words = decoded(data)
    found = read_reply(words, FIELDS, FieldRules())
    if found is None:
        return
    assert found.values.keys() == {field.name for field in FIELDS}
    kinds = {"people": int, "open": bool, "parts": tuple, "keywords": tuple}
    for name, value in found.values.items():
        assert value is None or type(value) is kinds.get(name, str)
    assert len(str(found.values["title"] or "")) <= 60


def definitions(data: bytes) -> None:
    """Check that definitions of fields are read or refused."""
    words = decoded(data)
    with suppress(UsageError):
        found = parse_short_form(words)
        assert parse_short_form(",".join(map(short_form, found))) == found
    with suppress(UsageError):
        assert parse_json_schema(words, "x")
    with suppress(UsageError):
        parse_vocabulary(words, "x")


def table(data: bytes) -> None:
    """Check that rows of a table are read or refused; none leads out of its folder."""
    with tempfile.TemporaryDirectory() as folder:
        for suffix in (".csv", ".tsv", ".jsonl", ".json"):
            path = Path(folder, f"table{suffix}")
            path.write_bytes(data)
            for rows in (read_table, read_captions):
                with suppress(UsageError):
                    for row in islice(rows(str(path)), 1000):
                        if not isinstance(row, UnusableSource):
                            assert_contained(row.relative_path)


def assert_contained(relative: str) -> None:
    """Check that a path cannot lead out of the folder that it is joined to."""
    assert ".." not in PurePosixPath(relative).parts
    assert not relative.startswith("/")


def file_list(data: bytes) -> None:
    """Check that the lines of a list are the bytes between its separators."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "list.txt")
        path.write_bytes(data)
        for nul in (True, False):
            with (
                suppress(UsageError),
                open_list(str(path), nul=nul, stdin=lambda: path.open("rb")) as lines,
            ):
                for line in lines:
                    assert os.fsencode(line) in data


def template(data: bytes) -> None:
    """Check that a template is filled or refused."""
    words = decoded(data)
    try:
        names = [each.name for each in template_names(words)]
        filled = render_template(words, FACTS)
    except InputError:
        return
    assert names or filled == words.replace("{{", "{").replace("}}", "}")


def patterns(data: bytes) -> None:
    """Check that any text is a pattern, which matches a name or does not."""
    pattern, _, name = decoded(data).partition("\n")
    for hidden in (True, False):
        glob = compile_glob(pattern[:300], hidden=hidden)
        glob.matches(name[:300])
    compile_pattern(pattern[:300]).matches(name[:300], folder=True)


def settings(data: bytes) -> None:
    """Check that settings are read or refused, and what a project cannot set."""
    with suppress(ConfigError):
        tables = parse_toml(data, "x")
        nothing, found = Document("", {}), Document("x", tables)
        with suppress(ConfigError):
            effective.read(None, user=found, project=nothing, environment={})
        shared = effective.read(None, user=nothing, project=found, environment={})
        assert shared.held.keys().isdisjoint({"api_url", "profile", "schema", "model"})
    if key := runware_cli.parse_key(decoded(data)):
        with suppress(ConfigError):
            assert check_key(key, origin="x").isascii()


def shown(data: bytes) -> None:
    """Check that texts have no control characters where they are shown."""
    words = decoded(data)
    stripped = text.strip_control(words)
    stripped.encode()
    line = text.for_terminal(text.one_line(words))
    assert line.isprintable() or not set(line) & set(map(chr, range(32)))
    assert "\n" not in text.display_name(words)
    assert csv_rows.unescape_formula(csv_rows.escape_formula(words)) == words
    assert text.ansi_c_unquote(text.ansi_c_quote(words)) == words
    if text.is_printable_line(words):
        assert shlex.split(text.shell_quote(words)) == [words]
    assert json.loads(text.escape_json(json.dumps(words, ensure_ascii=False))) == words
    text.strip_secrets_of_urls(words)
    text.strip_url_secrets(words)
    text.redact("a-secret", data)
    alt = alt_text.clean_alt(stripped)
    assert len(alt_text.fit_length(alt, 150) or "") <= 150
    find_faults(stripped, [name for name, check in CHECKS.items() if check.find])
    with suppress(ValueError, UsageError):
        parse_day(words[:40], date(2026, 1, 2))


def replies() -> Iterator[bytes]:
    """Yield replies of the API in each form."""
    done = {"taskType": "caption", "taskUUID": UUID, "text": "A boat.", "cost": 0.0013}
    error = {"code": "invalidApiKey", "message": "No.", "taskUUID": UUID}
    error["parameter"], error["documentation"] = "model", "https://runware.ai/docs"
    yield json.dumps({"data": [done]}).encode()
    yield json.dumps([{**done, "cost": "0.0026"}]).encode()
    yield json.dumps({"errors": [error], "data": []}).encode()
    yield json.dumps({"error": error}).encode()
    yield json.dumps(
        {"data": [{"taskUUID": UUID, "response": {"data": [done]}}]}
    ).encode()
    yield json.dumps({"data": [{"taskUUID": UUID, "status": "processing"}]}).encode()
    usage = {"today": {"credits": 1.5, "requests": 3}, "total": {"credits": "2"}}
    balance = {"organizationName": "x", "balance": 12.5, "usage": usage}
    yield json.dumps({"data": [balance]}).encode()
    day = {"date": "2026-01-02", "model": "runware:152@1", "spend": 0.5}
    yield json.dumps({"data": [{"activity": [day]}]}).encode()


def responses() -> Iterator[bytes]:
    """Yield answers of HTTP, each after a byte for the size of the pieces."""
    for size in (b"\0", b"\7", b"\xff"):
        yield size + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
        yield size + b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 503 Busy\r\n\r\nSorry"
        yield size + (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"2;a=b\r\n{}\r\n0\r\nX-A: b\r\n\r\n"
        )


def field_replies() -> Iterator[bytes]:
    """Yield replies with fields, as models write them."""
    said: dict[str, object] = {"title": "A boat", "description": "A boat at sea."}
    said |= {
        "alt": "A red boat.",
        "keywords": ["sea", "boat"],
        "people": 2,
        "open": True,
        "parts": ["mast"],
    }
    yield from (json.dumps(said).encode(), b"A red boat.")
    yield f"Here it is:\n```json\n{json.dumps(said, indent=2)}\n```".encode()
    yield b"{'title': 'A boat\\u2019s mast', alt: None, \"keywords\": \"sea, boat\","
    yield b'{"title": "A "red" boat", // yes\n "people": "two", "open": "no", }'


def field_definitions() -> Iterator[bytes]:
    """Yield definitions of fields."""
    yield b"title,alt,people:int, indoor : bool,parts[],size:number"
    people = {"type": "integer", "description": "How many?"}
    mood = {"type": "string", "enum": ["calm", "wild"]}
    parts = {"type": "array", "items": {"type": "string"}}
    properties = {"people": people, "mood": mood, "parts": parts}
    schema = {"type": "object", "properties": properties, "required": ["people"]}
    yield json.dumps(schema).encode()
    yield b"sea, ocean > water\nboat\n# no\nship>boat\n"


def tables() -> Iterator[bytes]:
    """Yield tables of images and of captions, in each format."""
    yield b'image,prompt,id\na.jpg,What?,1\n../b.jpg,"Two\nlines",2\n'
    yield b"source\ttext\n$'a\\x0ab.jpg'\tA boat.\n/etc/c.png\t'=1+1\n"
    yield b'{"image": "a.jpg", "prompt": "What?"}\n{"file_name": "../b.jpg"}\n'
    yield b'[{"source_b64": "Li4vYQ==", "source": "a", "text": "A boat."}, {"url": 1}]'
    yield "\ufeffpath;caption\r\nä.jpg;Böot\r\n".encode()
    yield "image,text\nä.jpg,b\n".encode("utf-16")


def file_lists() -> Iterator[bytes]:
    """Yield lists of files."""
    yield from (b"a.jpg\nb c.png\r\n\n\xff.jpg", b"a\0b\nc\0", b"\xef\xbb\xbfa.jpg\n")


def templates() -> Iterator[bytes]:
    """Yield templates."""
    yield from (b"{stem}: {{x}} {colour|red} {name|}", b"{", b"}}{ Name }{a|b|c}")


def globs() -> Iterator[bytes]:
    """Yield patterns, each with a name."""
    yield from (b"**/*.jp?g\na/b/c.jpeg", b"[!a-c]*\nd", b"a/**/**/[]-]/\na/b/]")


def settings_files() -> Iterator[bytes]:
    """Yield settings files of users, projects and Runware's own tool."""
    yield b'timeout = 30\nwrite = ["txt"]\nfields = "title,a:int"\n'
    yield b"prompt = 'What?'\n[budget]\nday = 1.5\n"
    yield b'preset = "a"\n[presets]\na = "What?"\n[profiles.b]\nmax_side = 64\n'
    yield b"mode = 'append'\next = '.cap'\ntemplate = '{caption} {x}'\nkeywords = 3\n"
    yield b'version: 1\napi_key: "a-key" # mine\n'


def said() -> Iterator[bytes]:
    """Yield texts that programs can mistake for something else."""
    yield b'The image shows a \x1b[31mred\x1b[0m boat.\r\n=HYPERLINK("x") \xff'
    yield "**Alt text:** \u202eevil\u202c, \u2028 'quoted' \\x41 $'\\'' ~".encode()
    yield b"see https://me:a-secret@a.example/p?q=a-secret#f. {a-secret\\u002d}"
