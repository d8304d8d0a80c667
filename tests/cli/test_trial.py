"""A trial of prompts: what is bought, what is shown, and what comes after it."""

import csv
import json
import os
import re
import shlex
import signal
import sys
from collections import Counter
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import NoReturn

import pytest

from rwcap.cli.commands import batch
from rwcap.cli.options.batch import BatchOptions
from rwcap.cli.terminal.run_view import RunView
from rwcap.core.errors import Interrupted
from rwcap.core.exit_status import ExitStatus
from tests import draw
from tests.cli.test_batch import tree
from tests.cli.test_killed import count_states
from tests.process import PLAIN, Rwcap
from tests.service import Exchange, Service, status
from tests.terminal import SIZES
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
SHORT, LONG = "Name it.", "Describe it."
TRIAL = ("batch", "p", "--sample", "8", "--prompt-file", "a.txt", "--prompt-file")


def answers(exchange: Exchange) -> None:
    """Answer a long prompt with more words, for more money, and with a preamble."""
    (task,) = json.loads(exchange.body)
    is_long = task.get("prompt", "").startswith("Describe")
    reply = exchange.accept()
    envelope = json.loads(reply.body)
    envelope["data"][0]["text"] = (
        "The image shows a boat with a white sail, and it lies in a small harbour."
        if is_long
        else "A boat lies in a harbour."
    )
    envelope["data"][0]["cost"] = 0.0026 if is_long else 0.0013
    exchange.send(reply.status, json.dumps(envelope).encode())


@pytest.fixture
def trial(connected: Rwcap, service: Service) -> Rwcap:
    """Return the program in a home with twelve images and two prompts."""
    draw.album(connected.home / "p", *(f"{n:02}.jpg" for n in range(12)))
    (connected.home / "a.txt").write_text(f"{SHORT}\n")
    (connected.home / "b.txt").write_text(f"{LONG}\n")
    service.otherwise = answers
    return connected


def bought(service: Service) -> Counter[tuple[str, str]]:
    """Return how often each image was captioned with each prompt."""
    return Counter(
        (task["inputs"]["image"], task["prompt"])
        for task in service.requests
        if task["taskType"] == "caption"
    )


@pytest.mark.promises("files")
def test_two_prompts_are_compared(trial: Rwcap, service: Service) -> None:
    """By cost, words and checks, with tests that are named; no image has a text."""
    before = tree(trial.home / "p")

    result = trial.run(*TRIAL, "b.txt")

    figures, differences, *images = result.out.split("\n\n")
    assert result.status == 0
    assert figures == (
        "prompt  captions  cost an image       95 % interval  words  fail checks\n"
        "a.txt          8        $0.0013  $0.0013 to $0.0013    6.0            0\n"
        "b.txt          8        $0.0026  $0.0026 to $0.0026   16.0            8"
    )
    assert differences == (
        "checks that b.txt fails: preamble 8, meta-words 8\n"
        "b.txt writes 10.0 words more than a.txt (Wilcoxon signed-rank, p=0.023)\n"
        "b.txt costs $0.0013 an image more than a.txt (Wilcoxon signed-rank,"
        " p=0.023)\n"
        "b.txt fails checks in 8 of 8 images, a.txt in 0 (exact McNemar, p=0.023)\n"
        "p is corrected for 3 tests (Holm); up to 0.05 is more than chance"
    )
    assert len(images) == 3
    assert re.fullmatch(
        r"p/\d\d\.jpg\n  a\.txt: A boat lies in a harbour\.\n"
        r"  b\.txt: The image shows a boat .* harbour\.",
        images[0],
    )
    assert service.bills == 16
    assert tree(trial.home / "p") == before


@pytest.mark.promises("free")
def test_the_other_order_tells_the_same(trial: Rwcap, service: Service) -> None:
    """And is free after the first one."""
    trial.run(*TRIAL, "b.txt", "-q")

    result = trial.run(
        *("batch", "p", "--sample", "8"),
        *("--prompt-file", "b.txt", "--prompt-file", "a.txt", "-q"),
    )

    assert "a.txt writes 10.0 words fewer than b.txt (" in result.out
    assert "a.txt costs $0.0013 an image less than b.txt (" in result.out
    assert "a.txt fails checks in 0 of 8 images, b.txt in 8 (" in result.out
    assert (result.err, service.bills) == ("", 16)


def test_the_end_names_the_next_commands(trial: Rwcap, service: Service) -> None:
    """Each captions all images with one prompt; what the trial bought is free."""
    result = trial.run(
        *TRIAL, "b.txt", "--max-cost=1", "--seed", "3", "-otrial.jsonl", "--fresh"
    )

    said = result.err.partition("for all 12 images, choose a prompt:\n")[2]
    assert said.splitlines() == [
        "rwcap batch p --prompt-file a.txt --write txt",
        "would cost about $0.0056 (90 %: $0.0039 to $0.0072)",
        "rwcap batch p --prompt-file b.txt --write txt",
        "would cost about $0.0102 (90 %: $0.0087 to $0.0116)",
    ]
    next_command = shlex.split(said.splitlines()[2])[1:]
    assert trial.run(*next_command).status == 0
    assert service.bills == 16 + 4
    assert len([*(trial.home / "p").glob("*.txt")]) == 12


def test_nothing_is_left_to_buy_after_a_trial_of_all_images(trial: Rwcap) -> None:
    """A sample cannot be larger than the set. Options end where a source begins."""
    files = ("--prompt-file", "a.txt", "--prompt-file", "b.txt")

    result = trial.run("batch", "--sample", "99", *files, "--", "p")

    assert result.out.splitlines()[1].split()[:2] == ["a.txt", "12"]
    assert result.err.endswith(
        "rwcap batch --prompt-file b.txt --write txt -- p\nwould cost nothing more\n"
    )


def test_records_name_their_prompts(trial: Rwcap) -> None:
    """With --jsonl on standard output; the comparison is on standard error."""
    result = trial.run(*TRIAL, "b.txt", "--jsonl")

    records = [json.loads(line) for line in result.out.splitlines()]
    assert Counter((each["prompt_name"], each["prompt"]) for each in records) == {
        ("a.txt", SHORT): 8,
        ("b.txt", LONG): 8,
    }
    assert "b.txt writes 10.0 words more than a.txt" in result.err
    assert trial.run(*TRIAL, "b.txt", "--jsonl", "-q").err == ""


def test_a_file_of_records_is_continued(trial: Rwcap, service: Service) -> None:
    """It has a row for each image and prompt, once, and does not hide captions."""
    trial.run(*TRIAL, "b.txt", "-o", "trial.csv", "-q")
    result = trial.run(*TRIAL, "b.txt", "-o", "trial.csv")

    with (trial.home / "trial.csv").open() as table:
        rows = [*csv.DictReader(table)]
    assert Counter(row["prompt"] for row in rows) == {SHORT: 8, LONG: 8}
    assert "b.txt writes 10.0 words more than a.txt" in result.out
    assert service.bills == 16


def test_a_document_has_the_comparison(trial: Rwcap) -> None:
    """Means, intervals, tests, and the cost of the other images."""
    document = json.loads(trial.run(*TRIAL, "b.txt", "--json").out)

    assert (document["images"], document["sample"], document["complete"]) == (12, 8, 8)
    assert document["prompts"][1] == {
        "name": "b.txt",
        "prompt": LONG,
        "captions": 8,
        "cost_usd": "0.002600",
        "low_usd": "0.002600",
        "high_usd": "0.002600",
        "words": 16.0,
        "failed": 8,
        "checks": {"preamble": 8, "meta-words": 8},
        "rest_usd": "0.010178",
        "rest_low_usd": "0.008713",
        "rest_high_usd": "0.011642",
    }
    assert document["differences"][1] == {
        "measure": "cost",
        "first": "a.txt",
        "other": "b.txt",
        "images": 8,
        "first_value": "0.001300",
        "other_value": "0.002600",
        "test": "Wilcoxon signed-rank",
        "p": 0.023438,
        "beyond_chance": True,
    }


def test_the_price_of_all_prompts_is_estimated(trial: Rwcap, service: Service) -> None:
    """As of any batch, and what is bought already is free."""
    trial.run(*TRIAL, "b.txt", "--limit", "6", "-q")
    bills = service.bills

    planned = trial.run(*TRIAL, "b.txt", "--dry-run")
    files = TRIAL[1:]
    shown = trial.run("cost", "estimate", *files, "b.txt").out
    document = json.loads(trial.run("cost", "estimate", *files, "b.txt", "--json").out)

    assert bills == service.bills == 6
    assert len(planned.out.splitlines()) == 10
    assert {line.partition("\t")[2] for line in planned.out.splitlines()} == {
        SHORT,
        LONG,
    }
    assert "would buy 10 captions for $" in planned.err
    assert re.match(r"images +8\nprompts +2\nalready done or duplicate +6\n", shown)
    assert [document[each] for each in ("images", "prompts", "to_buy")] == [8, 2, 10]


@pytest.mark.promises("limits")
def test_a_trial_that_reaches_a_limit_has_pairs(trial: Rwcap, service: Service) -> None:
    """And the same command continues it."""
    first = trial.run(*TRIAL, "b.txt", "--max-cost", "0.02", "-c", "1")

    pairs = int(re.findall(r"(\d) of 8 images have a caption for each", first.out)[0])
    assert first.status == 8
    assert "continue with: rwcap batch p --sample 8 --prompt-file a.txt" in first.err
    assert "choose a prompt" not in first.err
    assert 3 <= pairs <= service.bills // 2 < 8

    second = trial.run(*TRIAL, "b.txt")

    assert (second.status, service.bills) == (0, 16)
    assert set(bought(service).values()) == {1}


@pytest.mark.parametrize(
    "place", ["after the row", "after the answer", "after settling", "any statement"]
)
@pytest.mark.promises("once")
def test_a_killed_trial_pays_for_nothing_twice(
    trial: Rwcap, service: Service, place: str
) -> None:
    """The same command continues it: one bill for each image and prompt."""
    doomed = trial.with_environment(PYTHONPATH=f"{PLAIN}{os.pathsep}{ROOT}")
    program = [sys.executable, "-m", "tests.kill_points", place]
    command = (*TRIAL, "b.txt", "-o", "trial.jsonl")

    killed = [
        Popen(
            [*program, count, "SIGKILL", "--", *command],
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=DEVNULL,
            env=doomed.environment,
            cwd=trial.home,
        ).wait(60)
        for count in ("3", "5")
    ]
    result = trial.run(*command)

    lines = (trial.home / "trial.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    assert killed == [-signal.SIGKILL] * 2
    assert result.status == 0
    assert service.bills == 16
    assert count_states(trial) == {"done": 16}
    assert set(
        Counter((each["source"], each["prompt"]) for each in records).values()
    ) == {1}


def test_an_interrupted_trial_shows_what_it_has(trial: Rwcap, service: Service) -> None:
    """With Ctrl-C, after the requests in flight."""
    process = trial.start(*TRIAL, "b.txt", "-c", "1")
    wait_until(lambda: len(service.requests) >= 4)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)

    assert process.returncode == -signal.SIGINT
    assert b" images have a caption for each prompt\n" in out
    assert b"continue with: rwcap batch p --sample 8" in err


@pytest.mark.parametrize(
    ("stop", "shown"),
    [(ExitStatus.INTERRUPTED, True), (ExitStatus.BROKEN_PIPE, False)],
)
def test_a_run_that_ends_by_a_signal_is_shown(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    stop: ExitStatus,
    *,
    shown: bool,
) -> None:
    """Unless nobody reads it. Such a process leaves no measure of its coverage."""

    def run(_view: RunView, _stages: object) -> NoReturn:
        raise Interrupted(stop)

    draw.album(tmp_path / "p", "1.jpg")
    prompts = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for path in prompts:
        path.write_text(path.name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(RunView, "run", run)
    values = {name: each.default for name, each in BatchOptions.options().items()}
    values |= {"sources": [str(tmp_path / "p")], "sample": 1, "sandbox": True}

    with pytest.raises(Interrupted):
        batch.batch(**values | {"prompt_file": prompts})

    assert ("95 % interval" in capsys.readouterr().out) is shown


def test_a_closed_pipe_ends_a_trial(trial: Rwcap) -> None:
    """Without a word, as it ends a batch."""
    command = shlex.join(["rwcap", *TRIAL, "b.txt", "--jsonl"])
    result = trial.shell(f"{command} | head -1; exit ${{PIPESTATUS[0]}}")

    assert result.status == 141
    assert len(result.out.splitlines()) == 1
    assert "95 % interval" not in result.err


def test_failures_are_left_out(trial: Rwcap, service: Service) -> None:
    """An image that has one of the captions is in no test."""
    service.captions.extend([status(400, "invalidInput")] * 3)
    (trial.home / "p/00.jpg").write_text("no image")

    result = trial.run(*TRIAL[:3], "12", *TRIAL[4:], "b.txt", "-c", "1")

    assert result.status == 3
    assert "9 of 12 images have a caption for each prompt\n" in result.out
    assert "b.txt fails checks in 9 of 9 images" in result.out


def test_an_unusable_image_counts_once(trial: Rwcap) -> None:
    """Whether it is a file that is no image, or a row without a file."""
    (trial.home / "p/00.jpg").write_text("no image")
    (trial.home / "list.txt").write_text("p/00.jpg\np/01.jpg\np/none.jpg\n")

    result = trial.run("batch", "list.txt", *TRIAL[2:], "b.txt", "--jsonl")

    records = [json.loads(line) for line in result.out.splitlines()]
    failed = [each["source"] for each in records if each["error"]]
    assert sorted(failed) == ["p/00.jpg", "p/none.jpg"], result.err
    assert "ok: 2\nfailed: 2\n" in result.err
    assert result.err.count("error: p/00.jpg: ") == 1


@pytest.mark.promises("estimates")
def test_too_few_images_tell_nothing(trial: Rwcap) -> None:
    """And a trial without captions has nothing to compare."""
    few = trial.run(*TRIAL[:3], "3", *TRIAL[4:], "b.txt")
    (trial.home / "n").mkdir()
    (trial.home / "n/a.jpg").write_text("no image")
    none = trial.run("batch", "n", *TRIAL[2:], "b.txt")

    assert "words: no difference beyond chance between a.txt and b.txt (" in few.out
    assert "too few images to tell any difference from chance: 3 (--sample 30)\n" in (
        few.out
    )
    assert none.status == 1
    assert none.out == (
        "prompt  captions  cost an image  95 % interval  words  fail checks\n"
        "a.txt          0              -              -      -            0\n"
        "b.txt          0              -              -      -            0\n\n"
        "0 of 1 images have a caption for each prompt\n"
    )
    assert "choose a prompt" not in none.err


def test_an_empty_folder_is_no_sample(trial: Rwcap) -> None:
    """As in any batch."""
    (trial.home / "empty").mkdir()

    result = trial.run("batch", "empty", *TRIAL[2:], "b.txt")

    assert (result.status, result.out) == (7, "")
    assert "error: no image found\n" in result.err


def test_rows_of_tables_fill_the_prompts(trial: Rwcap, service: Service) -> None:
    """A row without a value is unusable, and its text in the table does not count."""
    (trial.home / "p/metadata.csv").write_text(
        "file_name,text,colour\n"
        "00.jpg,A boat.,red\n01.jpg,,blue\n02.jpg,,\nno,,x\n,,x\n"
    )
    (trial.home / "a.txt").write_text("Name the {colour} boat.")
    (trial.home / "b.txt").write_text("Describe {article|it}.")

    result = trial.run("batch", "p/metadata.csv", *TRIAL[2:], "b.txt", "--json")

    document = json.loads(result.out)
    prompts = {prompt for _, prompt in bought(service)}
    assert prompts >= {"Name the red boat.", "Name the blue boat.", "Describe it."}
    assert document["complete"] == 3


def test_an_image_that_a_prompt_cannot_be_filled_for_costs_nothing(
    trial: Rwcap, service: Service
) -> None:
    """As in any batch; other prompts can have a caption of it."""
    (trial.home / "b.txt").write_text("Describe {title}.")

    result = trial.run(*TRIAL, "b.txt")

    assert result.status == 3
    assert "{title} in the prompt has no value for this image" in result.err
    assert service.bills == 8


def test_images_elsewhere_get_a_table(trial: Rwcap) -> None:
    """There is no place beside them."""
    addresses = [f"https://example.com/{number}.jpg" for number in range(4)]

    result = trial.run("batch", *addresses, *TRIAL[2:], "b.txt")

    assert "example.com/3.jpg --prompt-file a.txt -o captions.csv\n" in result.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (TRIAL[:2], "several --prompt-file are compared on a sample: add --sample 30"),
        ((*TRIAL[:4], "--write", "txt"), "--write needs one --prompt-file, and a"),
        ((*TRIAL[:4], "--pilot", "2"), "several --prompt-file and --pilot exclude"),
        ((*TRIAL[:4], "--fields", "alt"), "several --prompt-file and --fields exclude"),
        ((*TRIAL[:4], "--schema", "s"), "several --prompt-file and --schema exclude"),
        (
            (*TRIAL[:4], "--retry-quality", "1", "--alt"),
            "several --prompt-file and --retry-quality exclude",
        ),
        (
            (*TRIAL[:4], "--layout", "imagefolder", "-o", "m.jsonl"),
            "several --prompt-file and --layout imagefolder exclude",
        ),
        ((*TRIAL[:4], "--watch"), "several --prompt-file and --watch exclude"),
        ((*TRIAL[:4], "--engine", "ray"), "--engine ray"),
        ((*TRIAL[:4], "-p", "x"), "--prompt and --prompt-file exclude each other"),
        ((*TRIAL[:4], "--preset", "alt"), "--preset excludes --prompt and"),
        ((*TRIAL[:4], "--check-only"), "--check-only and --sample exclude each other"),
        ((*TRIAL[:4], "--json", "--jsonl"), "--json and --jsonl exclude each other"),
        ((*TRIAL[:4], "--prompt-file", "a.txt"), "--prompt-file names a file twice"),
        (
            (*TRIAL[:4], *(x for n in range(9) for x in ("--prompt-file", str(n)))),
            "11 times --prompt-file; allowed: 8",
        ),
        ((*TRIAL[:4], "--prompt-file", "no.txt"), "no.txt: No such file"),
        ((*TRIAL[:4], "--prompt-file", "c.txt"), "c.txt and a.txt are the same prompt"),
        ((*TRIAL[:4], "--prompt-file", "d.txt"), "prompt: {what} is unknown"),
        (("batch", "t.csv", *TRIAL[2:4]), "the rows of the table have prompts of"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    trial: Rwcap, service: Service, arguments: tuple[str, ...], message: str
) -> None:
    """In one line, before anything is bought."""
    (trial.home / "c.txt").write_text(f"\n{SHORT}")
    (trial.home / "d.txt").write_text("Name {what}.")
    (trial.home / "t.csv").write_text("image,prompt\np/00.jpg,Who?\n")

    result = trial.run(*arguments, "--prompt-file", "a.txt", "--prompt-file", "b.txt")

    assert result.status == 2
    assert message in result.err
    assert "\nhint: " in result.err
    assert service.requests == []


def test_one_image_has_one_prompt(trial: Rwcap) -> None:
    """A comparison needs a sample, which `rwcap batch` takes."""
    files = ("--prompt-file", "a.txt", "--prompt-file", "b.txt")
    result = trial.run("caption", "p/00.jpg", *files)
    fetch = trial.run("caption", "--fetch", "x", *files[:2])

    assert result.status == 2
    assert "several --prompt-file are compared by rwcap batch" in result.err
    assert "--fetch takes no request options" in fetch.err


def test_one_prompt_can_come_from_standard_input(
    trial: Rwcap, service: Service
) -> None:
    """It is named by its file name, as it was typed."""
    result = trial.run(*TRIAL, "-", stdin=LONG.encode())

    assert "- writes 10.0 words more than a.txt" in result.out
    assert service.bills == 16


def test_settings_of_outputs_do_not_apply(trial: Rwcap, service: Service) -> None:
    """Nothing is written beside images, and no fields are asked for."""
    (trial.home / "rwcap.toml").write_text('write = ["txt"]\nfields = "title,alt"\n')

    result = trial.run(*TRIAL, "b.txt")

    assert result.status == 0
    assert not [*(trial.home / "p").glob("*.txt")]
    assert {prompt for _, prompt in bought(service)} == {SHORT, LONG}


def test_alternative_texts_are_compared(trial: Rwcap) -> None:
    """A text that does not fit is no caption, and its cost counts."""
    result = trial.run(*TRIAL, "b.txt", "--alt", "--max-chars", "40")

    assert result.status == 9
    assert "b.txt          0        $0.0026 " in result.out
    assert "b.txt costs $0.0013 an image more than a.txt" in result.out
    assert "words" not in result.out.partition("\n\n")[2]


@pytest.mark.parametrize("columns", SIZES)
def test_a_terminal_shows_texts_side_by_side(trial: Rwcap, columns: int) -> None:
    """Below each other where it is narrow; no line is wider than the terminal."""
    code, terminal = trial.on_screen(*TRIAL, "b.txt", columns=columns, rows=100)

    shown = terminal.screen.text
    assert code == 0
    beside = re.search(r"^A boat lies in a harbour\. +The image", shown, re.MULTILINE)
    assert bool(beside) == (columns > 60)
    assert "captions" in shown
    assert "choose a prompt:" in shown
