"""`rwcap caption` as people and scripts use it: real processes, a real server."""

import json
import os
import re
import sqlite3
from base64 import b64encode
from contextlib import closing
from pathlib import Path

import pytest

from rwcap.cli.service import Service as Service_
from tests import draw
from tests import service as faults
from tests.conftest import KEY
from tests.faults import EMPTY, accepted, instead
from tests.metadata.packets import description, packet
from tests.process import Rwcap
from tests.service import Service
from tests.waiting import wait_until

UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
PHOTOS = sorted(draw.FOLDER.iterdir())


@pytest.mark.promises("statuses")
def test_one_image_gives_the_bare_text(
    connected: Rwcap, service: Service, photo: Path
) -> None:
    """Standard output has the text and a newline; the cost is on standard error."""
    service.captions.append(faults.caption("A harbour at dusk."))

    result = connected.run("caption", str(photo))

    assert result.status == 0
    assert result.out == "A harbour at dusk.\n"
    assert re.fullmatch(r"\$0\.0013, \d+\.\d s\n", result.err)


def test_several_images_give_a_line_each(
    connected: Rwcap, service: Service, photo: Path
) -> None:
    """Path, tab, text; newlines become spaces; the total cost comes last."""
    service.captions.append(faults.caption("First line.\nSecond\tline."))

    result = connected.run("caption", str(photo), "https://example.com/a.jpg")

    lines = result.out.splitlines()
    assert result.status == 0
    assert lines[0] == f"{photo}\tFirst line. Second line."
    assert lines[1].startswith("https://example.com/a.jpg\t[sandbox] An image")
    assert result.err.startswith("2 of 2 captioned, $0.0026, ")


@pytest.mark.parametrize("photo", PHOTOS, ids=lambda path: path.suffix)
def test_a_record_has_everything(
    connected: Rwcap, service: Service, photo: Path
) -> None:
    """`--json` prints all members of the record."""
    result = connected.run("caption", str(photo), "--json", "-p", "What is it?")
    record = json.loads(result.out)
    (request,) = service.requests

    assert record == {
        "v": 1,
        "source": str(photo),
        "status": "ok",
        "text": record["text"],
        "cost_usd": "0.001300",
        "cost_source": "api",
        "task_uuid": request["taskUUID"],
        "model": "runware:152@1",
        "prompt": "What is it?",
        "image_sha256": record["image_sha256"],
        "attempts": 1,
        "seconds": record["seconds"],
        "outputs": [],
        "error": None,
        "sandbox": False,
    }
    assert "480 by 320 pixels" in record["text"]
    assert request["inputs"]["image"].endswith(b64encode(photo.read_bytes()).decode())


def test_several_records_are_a_list_or_a_line_each(
    connected: Rwcap, photo: Path
) -> None:
    """`--json` is one document, `--jsonl` one record per line; both have failures."""
    command = ("caption", str(photo), "missing.jpg", "--fresh")
    as_list = connected.run(*command, "--json")
    as_lines = connected.run(*command, "--jsonl")

    for records in (
        json.loads(as_list.out),
        [json.loads(line) for line in as_lines.out.splitlines()],
    ):
        assert [record["status"] for record in records] == ["ok", "failed"]
        assert records[1]["error"]["code"] == "fileNotFound"
        assert records[1]["error"]["kind"] == "input"
    assert as_list.status == as_lines.status == 3


def test_an_unreported_cost_is_not_zero(connected: Rwcap, service: Service) -> None:
    """The total says how many costs are unknown."""
    service.captions += [faults.caption("One."), faults.caption("Two.", cost=None)]

    result = connected.run("caption", *map(str, PHOTOS[:2]))

    assert result.err.startswith(
        "2 of 2 captioned, $0.0013 and the unknown cost of 1, "
    )


def test_json_can_be_parsed_by_other_programs(connected: Rwcap, photo: Path) -> None:
    """`--json | python -m json.tool`."""
    result = connected.shell(f"rwcap caption {photo} --json | python -m json.tool")

    assert result.status == 0
    assert '"status": "ok"' in result.out


@pytest.mark.parametrize("form", ["bytes", "base64", "uri"])
def test_standard_input_is_an_image(rwcap: Rwcap, photo: Path, form: str) -> None:
    """`cat photo.jpg | rwcap caption -`; also as base64 and as a data URI."""
    packed = b64encode(photo.read_bytes())
    sent = {
        "bytes": photo.read_bytes(),
        "base64": packed,
        "uri": b"data:image/jpeg;base64," + packed,
    }[form]

    result = rwcap.run("caption", "-", "--sandbox", stdin=sent)

    assert result.status == 0
    assert result.out.startswith("[sandbox] A JPEG image")


def test_uuids_and_data_uris_are_images(rwcap: Rwcap, photo: Path) -> None:
    """A data URI is shown without its data."""
    uri = "data:image/jpeg;base64," + b64encode(photo.read_bytes()).decode()

    result = rwcap.run("caption", UUID, uri, "--sandbox", "--jsonl")
    records = [json.loads(line) for line in result.out.splitlines()]

    assert [record["status"] for record in records] == ["ok", "ok"]
    assert len(records[1]["source"]) < 100
    assert (records[0]["image_sha256"] is None, len(records[1]["image_sha256"])) == (
        True,
        64,
    )


def test_every_parameter_reaches_the_service(
    connected: Rwcap, service: Service, photo: Path, tmp_path: Path
) -> None:
    """Each option sets the parameter of the model's page."""
    (tmp_path / "prompt.txt").write_text("Name the boats.\n")

    result = connected.run(
        "caption",
        str(photo),
        "--prompt-file=prompt.txt",
        "--model=runware:152@1",
        "--delivery=sync",
        f"--task-uuid={UUID.upper()}",
        "--output-type=URL",
        "--output-format=PNG",
        "--output-quality=99",
        "--ttl=60",
        "--upload-endpoint=https://example.com/put",
        "--no-include-cost",
    )
    request = service.requests[-1]
    del request["inputs"]

    assert result.err == f"cost unknown, {result.err.split(', ')[1]}"
    assert request == {
        "taskType": "caption",
        "taskUUID": UUID,
        "model": "runware:152@1",
        "prompt": "Name the boats.",
        "deliveryMethod": "sync",
        "outputType": "URL",
        "outputFormat": "PNG",
        "outputQuality": 99,
        "ttl": 60,
        "uploadEndpoint": "https://example.com/put",
    }


def test_async_delivery_waits_for_the_text(
    connected: Rwcap, service: Service, photo: Path
) -> None:
    """The text is printed, and paid once."""
    result = connected.run("caption", str(photo), "--delivery", "async")

    assert result.status == 0
    assert result.out.startswith("[sandbox]")
    assert service.bills == 1


@pytest.mark.promises("once")
def test_no_wait_prints_the_uuid_and_fetch_the_text(
    connected: Rwcap, service: Service, photo: Path
) -> None:
    """Submitted now, fetched later, paid once."""
    submitted = connected.run("caption", str(photo), "--no-wait")
    uuid = submitted.out.strip()
    fetched = connected.run("caption", "--fetch", uuid)

    assert (submitted.status, fetched.status) == (0, 0)
    assert service.requests[0]["taskUUID"] == uuid
    assert service.requests[0]["deliveryMethod"] == "async"
    assert fetched.out.startswith("[sandbox] A JPEG")
    assert service.bills == 1


@pytest.mark.parametrize(
    "options", [["--no-wait"], ["--webhook-url=https://example.com/hook"]]
)
def test_no_wait_always_prints_the_uuid(
    connected: Rwcap, service: Service, photo: Path, options: list[str]
) -> None:
    """Even if the reply is lost and a query finds the text."""
    service.captions.append(faults.reset(accepted=True))

    result = connected.run("caption", str(photo), *options)

    assert result.out.strip() == service.requests[0]["taskUUID"]


def test_an_empty_address_is_an_address(connected: Rwcap, photo: Path) -> None:
    """An empty variable in a script must not select the real service."""
    result = connected.run("caption", str(photo), "--api-url", "")

    assert result.status == 78


def test_no_wait_for_several_prints_a_uuid_each(rwcap: Rwcap, photo: Path) -> None:
    """Path, tab, UUID; in `--json` the status is accepted."""
    lines = rwcap.run("caption", "--sandbox", "--no-wait", str(photo), str(photo))
    record = rwcap.run("caption", "--sandbox", "--no-wait", str(photo), "--json")

    assert re.fullmatch(rf"({photo}\t[0-9a-f-]{{36}}\n){{2}}", lines.out)
    assert json.loads(record.out)["status"] == "accepted"
    assert lines.err == ""


def test_the_sandbox_remembers_between_processes(rwcap: Rwcap, photo: Path) -> None:
    """A task submitted to the sandbox can be fetched from it later."""
    uuid = rwcap.run("caption", "--sandbox", "--no-wait", str(photo)).out.strip()

    fetched = rwcap.run("caption", "--sandbox", "--fetch", uuid)

    assert fetched.out.startswith("[sandbox] A JPEG")
    assert fetched.err.startswith(
        "the task is still running; waiting\n[sandbox] $0.0013, "
    )


def test_with_a_webhook_the_uuid_is_printed(
    connected: Rwcap, service: Service, photo: Path
) -> None:
    """The text goes to the webhook."""
    hook = "https://example.com/hook"

    result = connected.run("caption", str(photo), "--webhook-url", hook)

    assert result.status == 0
    assert result.out.strip() == service.requests[0]["taskUUID"]
    assert service.requests[0]["webhookURL"] == hook
    assert len(service.requests) == 1


@pytest.mark.promises("offline")
def test_a_dry_run_opens_no_socket_and_needs_no_key(
    rwcap: Rwcap, service: Service, photo: Path
) -> None:
    """The request is printed, with size and digest instead of the image."""
    offline = rwcap.with_environment(RWCAP_API_URL=service.url)
    traced = "import socket, sys; socket.socket = None; sys.argv[0] = 'rwcap'"
    code = f"{traced}; from rwcap.__main__ import main; main()"

    result = offline.shell(
        f'python -c "{code}" caption --dry-run {photo} -p "What?" --ttl 60'
    )
    (request,) = json.loads(result.out)

    assert result.status == 0
    assert result.err == "dry run: nothing was sent\n"
    assert service.requests == []
    assert request["prompt"] == "What?"
    assert request["ttl"] == 60
    assert re.fullmatch(
        r"data:image/jpeg;base64,\.\.\. \(JPEG, 480 by 320 pixels, [\d,]+ bytes,"
        r" digest [0-9a-f]{64}\)",
        request["inputs"]["image"],
    )


def test_a_prompt_is_filled_with_what_the_photo_says(
    connected: Rwcap, service: Service, photo: Path, tmp_path: Path
) -> None:
    """A caption that rwcap writes does not change the next prompt."""
    path = tmp_path / "a.jpg"
    path.write_bytes(photo.read_bytes())
    (tmp_path / "a.xmp").write_bytes(
        packet(description("<dc:subject>dawn</dc:subject>"))
    )
    prompt = "Keywords: {keywords}. {description|No caption.}"
    command = ("caption", "a.jpg", "--write", "embed", "--mode", "overwrite", "--json")

    first = connected.run(*command, "-p", prompt)
    second = connected.run(*command, "-p", prompt)
    refused = connected.run(*command, "-p", "{people}")

    assert json.loads(first.out)["prompt"] == "Keywords: dawn. No caption."
    assert json.loads(second.out)["status"] == "cached"
    assert "{people} in the prompt has no value for this image" in refused.out
    assert len(service.requests) == 1


def test_a_prompt_is_filled_with_what_the_path_tells(
    connected: Rwcap, service: Service, photo: Path, tmp_path: Path
) -> None:
    """A dry run shows it. A name that is unknown is refused before anything is sent."""
    path = tmp_path / "2025-03-15 Berry" / "sea.jpg"
    path.parent.mkdir()
    path.write_bytes(photo.read_bytes())
    prompt = "A photo of {place|somewhere}: {stem}. {{}}"

    shown = connected.run("caption", "--dry-run", str(path), "-p", prompt)
    result = connected.run("caption", "--json", str(path), "-p", prompt)
    refused = [
        connected.run(*command, "-p", "{name|default}")
        for command in (("caption", str(path)), ("batch", str(path.parent)))
    ]

    filled = "A photo of Berry: sea. {}"
    assert json.loads(shown.out)[0]["prompt"] == filled
    assert json.loads(result.out)["prompt"] == filled
    for each in refused:
        assert each.status == 2
        assert each.err.startswith("error: prompt: {name} is unknown; here braces can")
    assert len(service.requests) == 1


def test_a_dry_run_reports_unusable_images(rwcap: Rwcap, photo: Path) -> None:
    """The exit status is that of a real run."""
    some = rwcap.run("caption", "--dry-run", str(photo), "missing.jpg")
    every = rwcap.run("caption", "--dry-run", "missing.jpg")

    assert (some.status, every.status) == (3, 1)
    assert every.err.startswith("error: missing.jpg: no such file\n")


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        (faults.status(400, "invalidPrompt"), 1, "input"),
        (faults.status(400, "contentPolicyViolation"), 1, "safety"),
        (faults.status(401, "invalidApiKey"), 4, "auth"),
        (faults.status(402), 5, "credits"),
        (faults.status(429), 6, "capacity"),
        (faults.status(429, headers={"Retry-After": "9999"}), 6, "capacity"),
        (faults.status(503), 6, "capacity"),
        (faults.status(504, "queueTimeout"), 6, "capacity"),
        (faults.status(200, "providerError"), 6, "server"),
        (faults.redirect, 6, "network"),
    ],
)
@pytest.mark.promises("free", "statuses", "errors")
def test_every_failure_has_its_status_and_costs_nothing(
    connected: Rwcap, service: Service, fault: faults.Fault, status: int, kind: str
) -> None:
    """One error line and one hint; standard output has only the record."""
    service.captions.append(fault)

    result = connected.run("caption", str(PHOTOS[0]), "--json", "--retries=0")
    record = json.loads(result.out)

    assert result.status == status
    assert (record["status"], record["error"]["kind"]) == ("failed", kind)
    assert record["text"] is None
    assert re.fullmatch(r"error: .+\n(hint: .+\n)?", result.err)
    assert service.bills == 0


@pytest.mark.parametrize(
    "fault",
    [
        faults.status(429, headers={"Retry-After": "1"}),
        faults.status(503),
        faults.status(500),
        faults.reset(accepted=False),
        faults.reset(accepted=True),
        faults.hang(accepted=True),
        faults.truncate,
        faults.web_page,
        *(accepted(faults.status(code)) for code in (302, 403, 404, 451)),
        faults.answer(lambda envelope: envelope["data"][0].update(taskUUID=UUID)),
        faults.answer(lambda envelope: envelope.update(data=[])),
    ],
)
@pytest.mark.promises("once")
def test_one_failed_exchange_is_retried_and_paid_once(
    connected: Rwcap, service: Service, photo: Path, fault: faults.Fault
) -> None:
    """Busy, broken, silent or truncated replies: the caption is still printed."""
    service.captions.append(fault)

    result = connected.run("caption", str(photo), "--timeout=2")

    assert result.status == 0
    assert result.out.startswith("[sandbox]")
    assert service.bills == 1


def test_a_result_is_used_though_another_task_failed(
    connected: Rwcap, service: Service, photo: Path
) -> None:
    """An error with the UUID of another task is ignored."""
    error = {"code": "invalidPrompt", "message": "x", "taskUUID": UUID}
    service.captions.append(
        faults.answer(lambda envelope: envelope.update(errors=[error]))
    )

    assert connected.run("caption", str(photo)).status == 0


def refused_query(status: int) -> faults.Fault:
    """Refuse a query in the form in which the end of a task is reported."""
    error = {"code": "x", "message": "as ordered", "status": "error"}
    return lambda exchange: exchange.send(
        status, json.dumps({"errors": [error]}).encode()
    )


@pytest.mark.parametrize(
    "refusal", [faults.status(500), *map(refused_query, (401, 403, 429, 503))]
)
@pytest.mark.promises("once", "errors")
def test_an_unknown_outcome_is_ambiguous(
    connected: Rwcap, service: Service, photo: Path, refusal: faults.Fault
) -> None:
    """Status 10 and a hint; the command in the hint finds the text, paid once."""
    service.captions.append(faults.reset(accepted=True))
    service.queries += [refusal] * 2

    result = connected.run("caption", str(photo), "--json", "--retries=0")
    record = json.loads(result.out)

    assert result.status == 10
    assert record["status"] == "ambiguous"
    assert "hint: rwcap cost recover" in result.err
    assert connected.run("cost", "recover").status == 0
    assert connected.run("caption", str(photo)).status == 0
    assert service.bills == 1


@pytest.mark.parametrize("code", [302, 403, 404, 451])
@pytest.mark.promises("once", "reports")
def test_a_filter_that_replaces_all_replies_settles_nothing(
    connected: Rwcap, service: Service, photo: Path, code: int
) -> None:
    """The caption may be charged; when the filter is gone, it is asked for."""
    service.captions.append(accepted(faults.status(code)))
    service.queries += [faults.status(code)] * 2

    filtered = connected.run("caption", str(photo))
    open_then = json.loads(connected.run("cost", "--json").out)["total"]
    after = connected.run("caption", str(photo))

    assert (filtered.status, after.status, service.bills) == (6, 0, 1)
    assert (open_then["under_way"], open_then["failed"]) == (1, 0)


@pytest.mark.parametrize(
    "options", [["--no-wait"], ["--webhook-url=https://example.com/hook"]]
)
@pytest.mark.promises("once", "limits", "reports")
def test_what_the_service_accepted_is_never_sent_again(
    connected: Rwcap, service: Service, photo: Path, options: list[str]
) -> None:
    """If it does not keep the result, the caption is ambiguous, and counts."""
    connected.run("caption", str(photo), *options)
    service.queried = instead(EMPTY)

    again = connected.run("caption", str(photo))
    total = json.loads(connected.run("cost", "--json").out)["total"]
    bills = service.bills
    rebought = connected.run("caption", str(photo), "--rebuy-ambiguous")

    assert (again.status, bills, total["in_doubt"]) == (10, 1, 1)
    assert "reports no result" in again.err
    assert (rebought.status, service.bills) == (0, 2)


@pytest.mark.promises("once")
def test_a_used_uuid_buys_nothing(connected: Rwcap, service: Service) -> None:
    """A hint says how to fetch the caption that the UUID bought."""
    first, second, _ = map(str, PHOTOS)
    connected.run("caption", first, "--task-uuid", UUID)

    again = connected.run("caption", second, "--task-uuid", UUID)

    assert again.status == 1
    assert "nothing was bought" in again.err
    assert again.err.endswith(f"hint: rwcap caption --fetch {UUID}\n")
    assert service.bills == 1


def test_an_unreachable_service_is_status_6(rwcap: Rwcap, photo: Path) -> None:
    """After all retries; nothing was charged."""
    away = rwcap.with_environment(RUNWARE_API_KEY=KEY, RWCAP_RETRIES="1")

    result = away.run("caption", str(photo), "--api-url", "http://127.0.0.1:1/v1")

    assert result.status == 6
    assert "try 2 of 2" in result.err
    assert "error: " in result.err


@pytest.mark.promises("statuses")
def test_a_refused_key_stops_the_rest(
    connected: Rwcap, service: Service, photo: Path
) -> None:
    """The other images would be refused, too."""
    service.captions.append(faults.status(401, "invalidApiKey"))

    result = connected.run("caption", *[str(photo)] * 10)

    assert result.status == 4
    assert len(service.requests) == 1
    assert "hint: unset RWCAP_API_KEY (or correct the key in it)\n" in result.err


def test_without_a_key_the_hint_names_set_key_and_the_sandbox(
    rwcap: Rwcap, photo: Path
) -> None:
    """The sandbox is never chosen silently."""
    result = rwcap.run("caption", str(photo))

    assert (result.status, result.out) == (4, "")
    assert result.err == (
        "error: no API key\n"
        "hint: rwcap config set-key (a key from runware.ai; a photo costs $0.0013 to"
        " $0.0026), or add --sandbox: no key, no network, no money\n"
    )


@pytest.mark.promises("secrets")
def test_a_credentials_file_that_others_read_is_status_78(
    rwcap: Rwcap, photo: Path
) -> None:
    """The hint is the command that repairs it."""
    rwcap.run("config", "set-key", stdin=KEY.encode())
    path = rwcap.home / ".config/rwcap/credentials.toml"
    path.chmod(0o644)

    result = rwcap.run("caption", str(photo))

    assert result.status == 78
    assert f"hint: chmod 600 {path}" in result.err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--promt", "x", "a.jpg"],
        ["a.jpg", "--fetch", UUID],
        ["--fetch", UUID, "--dry-run"],
        ["--fetch", UUID, "--no-wait"],
        ["--fetch", "x"],
        ["a.jpg", "-p", "x", "--prompt-file", "y"],
        ["a.jpg", "--prompt-file", "missing.txt"],
        ["a.jpg", "-p", ""],
        ["a.jpg", "--json", "--jsonl"],
        ["a.jpg", "b.jpg", "--task-uuid", UUID],
        ["a.jpg", "--task-uuid", ""],
        ["--fetch", UUID, "--task-uuid", UUID],
        ["--fetch", UUID, "-p", "What?"],
        ["a.jpg", "--task-uuid", "x"],
        ["a.jpg", "--no-wait", "--delivery", "sync"],
        ["-", "-"],
        ["-", "--prompt-file", "-"],
        ["a.jpg", "--timeout", "0"],
        ["a.jpg", "--timeout", "nan"],
        ["a.jpg", "--timeout", "soon"],
        ["a.jpg", "--retries", "-1"],
        ["a.jpg", "--model", "qwen"],
        ["a.jpg", "--output-quality", "5"],
        ["a.jpg", "--output-type", "file"],
        ["a.jpg", "--ttl", "59"],
        ["a.jpg", "--webhook-url", "x"],
        ["a.jpg", b"-p", b"caf\xe9"],
    ],
    ids=str,
)
def test_a_wrong_command_line_is_status_2_and_does_nothing(
    connected: Rwcap, service: Service, arguments: list[str]
) -> None:
    """One error line, and one hint with a command."""
    result = connected.run("caption", *arguments)

    assert (result.status, result.out) == (2, "")
    assert re.fullmatch(r"error: .+\nhint: (rwcap |--|see https://).+\n", result.err)
    assert service.requests == []


def test_a_misspelt_option_is_suggested(rwcap: Rwcap) -> None:
    """A misspelt command, too."""
    assert "--prompt" in rwcap.run("caption", "--promt", "x").err
    assert "'caption'" in rwcap.run("captoin").err


@pytest.mark.promises("secrets")
def test_an_insecure_address_is_status_78(connected: Rwcap, photo: Path) -> None:
    """The key is not sent to another machine without TLS."""
    result = connected.run("caption", str(photo), "--api-url", "http://example.com/v1")

    assert result.status == 78
    assert "https only" in result.err


def test_a_name_that_is_not_utf8_passes_through(
    rwcap: Rwcap, photo: Path, tmp_path: Path
) -> None:
    """The output has the bytes of the command line."""
    raw = b"caf\xe9\n.jpg"
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + raw)).write_bytes(
        photo.read_bytes()
    )

    result = rwcap.run("caption", "--sandbox", raw, str(photo))

    assert result.status == 0
    assert result.out.encode("utf-8", "surrogateescape").startswith(b"caf\xe9?.jpg\t")


def test_a_name_that_begins_with_a_dash_can_be_given(
    rwcap: Rwcap, photo: Path, tmp_path: Path
) -> None:
    """It follows `--`."""
    (tmp_path / "-p.jpg").write_bytes(photo.read_bytes())

    assert rwcap.run("caption", "--sandbox", "--", "-p.jpg").status == 0


HOSTILE = "\x1b]0;title\x07[bold]not bold[/bold] \u202eevil \u200f🐈 \x9b2J\r\nnext"


@pytest.mark.promises("hostile")
def test_a_hostile_caption_is_harmless_and_whole_in_a_pipe(
    connected: Rwcap, service: Service, photo: Path
) -> None:
    """Control characters are removed; all other text stays."""
    service.captions.append(faults.caption(HOSTILE))

    result = connected.run("caption", str(photo))

    assert result.out == "]0;title[bold]not bold[/bold] \u202eevil \u200f🐈 2J\nnext\n"


def test_a_hostile_error_is_one_harmless_line(
    connected: Rwcap, service: Service, photo: Path
) -> None:
    """Text of the service is shown, without control characters."""
    service.captions.append(faults.status(400, "invalidPrompt", message=HOSTILE))

    result = connected.run("caption", str(photo))

    assert [each.partition(" ")[0] for each in result.err.splitlines()] == [
        "error:",
        "hint:",
    ]
    assert "\x1b" not in result.err
    assert "[bold]not bold[/bold] evil \u200f🐈 2J next" in result.err


@pytest.mark.parametrize(("options", "lines"), [(["-q"], 0), ([], 1), (["-v"], 2)])
def test_verbosity(
    connected: Rwcap, photo: Path, options: list[str], lines: int
) -> None:
    """-q prints no messages, -v adds the task UUID and the image digest."""
    result = connected.run("caption", str(photo), *options)

    assert len(result.err.splitlines()) == lines
    assert ("sha256" in result.err) == (lines == 2)


def test_quiet_still_prints_errors(rwcap: Rwcap) -> None:
    """Only messages about success are left out."""
    assert rwcap.run("caption", "-q", "x.jpg").err == (
        "error: x.jpg: no such file\nhint: ls . (shows the names there)\n"
    )


def test_only_vv_prints_a_traceback(rwcap: Rwcap) -> None:
    """The key is not in it."""
    arguments = ("caption", "a.jpg", "--ttl=1")
    keyed = rwcap.with_environment(RWCAP_API_KEY=KEY)

    assert "Traceback" not in keyed.run(*arguments, "-v").err
    traced = keyed.run(*arguments, "-vv").err
    assert "Traceback" in traced
    assert KEY not in traced


TELLS = faults.status(401, "invalidApiKey", message=f"{KEY} is wrong")


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ([], TELLS),
        (["--json"], TELLS),
        (["-vv"], TELLS),
        ([], faults.caption(f"The sign says {KEY}.")),
        (["-vv"], faults.reset(accepted=True)),
        (["-vv", "--ttl=1"], None),
        (["--dry-run"], None),
    ],
)
@pytest.mark.promises("secrets")
def test_the_key_is_never_printed(
    connected: Rwcap,
    service: Service,
    options: list[str],
    fault: faults.Fault | None,
) -> None:
    """Not even if the reply repeats it; nor is it stored."""
    if fault:
        service.captions.append(fault)

    result = connected.run("caption", str(PHOTOS[0]), *options)

    assert KEY not in result.out + result.err
    stored = [path.read_bytes() for path in connected.home.rglob("*") if path.is_file()]
    assert not any(KEY.encode() in content for content in stored)


def test_fetching_twice_is_not_paying_twice(
    connected: Rwcap, service: Service, photo: Path
) -> None:
    """The message says that the price was paid earlier."""
    uuid = connected.run("caption", str(photo), "--no-wait").out.strip()

    fetched = [connected.run("caption", "--fetch", uuid, "--json") for _ in range(2)]

    for result in fetched:
        record = json.loads(result.out)
        assert (record["status"], record["cost_usd"]) == ("cached", "0.001300")
        assert "$0.0013, paid earlier, " in result.err
    assert service.bills == 1


def test_fetching_from_an_unreachable_service_is_status_6(
    connected: Rwcap, service: Service
) -> None:
    """It does not say that the task is unknown: users would buy it again."""
    service.queries += [faults.status(502)] * 8

    result = connected.run("caption", "--fetch", UUID)

    assert result.status == 6
    assert "no task" not in result.err


def test_images_not_tried_after_a_refused_key_are_counted(
    connected: Rwcap, service: Service
) -> None:
    """One captioned, one refused, two not tried."""
    service.captions += [faults.caption("One."), faults.status(402)]

    result = connected.run("caption", *map(str, PHOTOS), "missing.jpg")

    assert result.status == 5
    assert "2 of 4 not tried\n1 of 4 captioned, $0.0013, " in result.err


@pytest.mark.parametrize("escaped", [False, True])
def test_a_key_with_json_escapes_in_a_reply_is_hidden(
    connected: Rwcap, service: Service, photo: Path, *, escaped: bool
) -> None:
    r"""As \uXXXX in JSON, or in a header that is no header."""

    def spelt(exchange: faults.Exchange) -> None:
        envelope = {"errors": [{"code": "x", "message": f"key {KEY}"}]}
        body = json.dumps(envelope).replace("-", "\\u002d").replace("k", "\\u006B")
        exchange.send(400, body.encode())

    def broken(exchange: faults.Exchange) -> None:
        exchange.handler.wfile.write(f"HTTP/1.1 200 OK\r\nBad {KEY}\r\n\r\n".encode())

    service.captions.append(spelt if escaped else broken)

    result = connected.run("caption", str(photo), "--retries=0", "-vv")

    assert KEY not in result.out + result.err


def test_the_sandbox_works_without_a_writable_folder(rwcap: Rwcap, photo: Path) -> None:
    """It captions, and says that it stores nothing."""
    data = rwcap.home / ".local/share/rwcap"
    data.mkdir(parents=True)
    (data / "sandbox.sqlite3").write_text("no database" * 100)

    result = rwcap.run("caption", "--sandbox", str(photo))

    assert result.status == 0
    assert result.err.startswith("the sandbox cannot store its tasks: ")


def test_nothing_is_bought_without_a_writable_ledger(
    connected: Rwcap, service: Service, photo: Path
) -> None:
    """A home folder that is not writable is status 78, with a hint."""
    homeless = connected.with_environment(XDG_DATA_HOME="/proc/nowhere")

    result = homeless.run("caption", str(photo))

    assert result.status == 78
    assert result.err.endswith("hint: set XDG_DATA_HOME to a writable folder\n")
    assert service.bills == 0


@pytest.mark.promises("free")
def test_the_second_time_is_free(
    connected: Rwcap, service: Service, photo: Path, tmp_path: Path
) -> None:
    """Also under another name, without a key and without a network."""
    copy = tmp_path / "copy.jpg"
    copy.write_bytes(photo.read_bytes())
    first = connected.run("caption", str(photo))
    offline = connected.with_environment(RWCAP_API_KEY="")

    second = offline.run("caption", str(copy), "--json")
    both = connected.run("caption", str(copy), str(PHOTOS[1]))

    record = json.loads(second.out)
    assert record["text"] == first.out.strip()
    assert (record["status"], record["cost_source"]) == ("cached", "ledger")
    assert "$0.0013, paid earlier, " in second.err
    assert "2 of 2 captioned, $0.0013, 1 paid earlier, " in both.err
    assert service.bills == 2


def test_fresh_buys_again(connected: Rwcap, service: Service, photo: Path) -> None:
    """The model may return another text."""
    connected.run("caption", str(photo))
    connected.run("caption", str(photo), "--fresh")

    assert service.bills == 2


@pytest.mark.promises("once")
def test_an_ambiguous_purchase_is_bought_again_only_on_request(
    connected: Rwcap, service: Service, photo: Path
) -> None:
    """And only if the service says that it does not know the task."""
    service.captions.append(faults.reset(accepted=True))
    service.queries += [faults.status(502)] * 8
    command = ("caption", str(photo), "--retries=0")

    statuses = [connected.run(*command).status for _ in range(3)]
    unasked = connected.run(*command, "--rebuy-ambiguous")
    bills = service.bills
    service.queries += [instead(EMPTY)] * 2
    again = connected.run(*command, "--rebuy-ambiguous")

    assert [*statuses, unasked.status] == [10] * 4
    assert bills == 1
    assert (again.status, service.bills) == (0, 2)


@pytest.mark.promises("limits")
def test_another_address_has_a_ledger_of_its_own(
    connected: Rwcap, service: Service, photo: Path
) -> None:
    """And limits: what another one costs does not count."""
    limited = connected.with_environment(RWCAP_BUDGET_DAY="0.003")

    tried = [
        limited.run("caption", str(photo), "--sandbox", "-p", each) for each in "ab"
    ]
    bought = limited.run("caption", str(photo))
    folders = {path.parent.name for path in connected.home.rglob("ledger.sqlite3")}

    assert [each.status for each in tried] == [0, 8]
    assert (bought.status, service.bills) == (0, 1)
    assert folders == {
        "sandbox",
        "ledger-" + re.sub("[^a-z0-9.-]+", "-", service.url),
    }


@pytest.mark.promises("once")
def test_open_purchases_of_an_earlier_run_are_recovered_first(
    connected: Rwcap, service: Service
) -> None:
    """Every command that buys does so."""
    first, second, _ = map(str, PHOTOS)
    service.captions.append(faults.hang(accepted=True))
    process = connected.start("caption", first)
    wait_until(lambda: service.bills)
    process.kill()
    process.communicate()

    result = connected.run("caption", second)

    uuid = service.requests[0]["taskUUID"]
    assert result.err.startswith(f"recovered a caption of an earlier run: {uuid}\n")
    assert connected.run("caption", first).err.startswith("$0.0013, paid earlier")
    assert service.bills == 2


def test_the_sandbox_can_be_switched_on_in_the_environment(
    rwcap: Rwcap, photo: Path
) -> None:
    """RWCAP_SANDBOX=1 applies to a whole script."""
    tried = rwcap.with_environment(RWCAP_SANDBOX="1").run("caption", str(photo))

    assert tried.out.startswith("[sandbox]")


def test_a_file_called_dash_is_not_standard_input(
    rwcap: Rwcap, photo: Path, tmp_path: Path
) -> None:
    """The source `-` is standard input, and each input is an image of its own."""
    (tmp_path / "-").write_bytes(b"a file")
    jpeg = rwcap.run("caption", "--sandbox", "-", stdin=photo.read_bytes())
    png = rwcap.run("caption", "--sandbox", "-", stdin=PHOTOS[1].read_bytes())

    assert jpeg.out.startswith("[sandbox] A JPEG image")
    assert png.out.startswith("[sandbox] A PNG image")


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("https://api.runware.ai/v1", "ledger"),
        ("HTTPS://API.runware.ai:443/v1/", "ledger"),
        ("https://user:word@gateway.test/v1?token=x", "ledger-https-gateway.test-v1"),
        ("http://127.0.0.1:80/v1", "ledger-http-127.0.0.1-80-v1"),
    ],
)
def test_spellings_of_one_address_share_a_ledger(url: str, folder: str) -> None:
    """Nothing is bought twice, and no secret is in the folder name."""
    assert Service_(sandbox=False, api_url=url, timeout=1.0).name == folder


@pytest.mark.promises("secrets")
def test_secrets_in_a_url_are_not_in_the_ledger(
    connected: Rwcap, service: Service
) -> None:
    """The service gets the whole URL; the ledger stores it without secrets."""
    url = "https://bob:hunter2@example.com/a.jpg?signature=s3cret"
    result = connected.run("caption", url)

    kept = [path.read_bytes() for path in connected.home.rglob("ledger.sqlite3*")]
    assert result.status == 0
    assert service.requests[0]["inputs"]["image"] == url
    assert any(b"https://example.com/a.jpg" in each for each in kept)
    assert not any(b"hunter2" in each or b"s3cret" in each for each in kept)


def test_a_damaged_sandbox_database_is_reported(rwcap: Rwcap, photo: Path) -> None:
    """One error line; no purchase is ambiguous."""
    data = rwcap.home / ".local/share/rwcap"
    data.mkdir(parents=True)
    with closing(sqlite3.connect(data / "sandbox.sqlite3")) as database:
        database.execute("CREATE TABLE task (uuid TEXT PRIMARY KEY)")

    result = rwcap.run("caption", "--sandbox", str(photo))

    assert result.status == 78
    assert result.err.startswith("error: the sandbox cannot store the task: ")
    assert "defect" not in result.err
