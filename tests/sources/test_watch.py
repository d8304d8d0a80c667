"""Images of watched folders: which come, when they come, and how often."""

import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from rwcap.core.errors import AmbiguousError, CapacityError, InputError, TaskError
from rwcap.core.record import ErrorDetails, Record, RecordStatus
from rwcap.core.source import CaptionRequest, UnusableSource
from rwcap.sources import watch
from rwcap.sources.sources import Sources
from rwcap.sources.watch import LOOK_SECONDS, Watch
from tests.sources.batch import sources

Action = Callable[[], object]


class Over(BaseException):
    """The time of a test is over."""


class Days:
    """A clock that jumps, and what happens at its times."""

    def __init__(self) -> None:
        """Start at zero."""
        self.time = 0.0
        self.actions: defaultdict[float, list[Action]] = defaultdict(list)
        self.end = 0.0
        self.reports = True

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.time += seconds
        for action in self.actions.pop(self.time, []):
            action()
        if self.time >= self.end:
            raise Over

    def open(self) -> None:
        """Report from here on."""

    def poll(self) -> bool:
        """Report a change at any time, or never."""
        return self.reports


class Watched:
    """A folder that is watched."""

    def __init__(self, folder: Path) -> None:
        """Watch `folder`."""
        self.folder = folder
        self.days = Days()
        self.found: Iterable[CaptionRequest | UnusableSource] = sources(
            str(folder), are_folders=True, notice=lambda _: None
        )
        self.outcome: dict[str, TaskError] = {}
        self.outputs: dict[str, tuple[str, ...]] = {}
        self.duration = 0
        """The seconds from an image to its record."""

    def write(self, name: str, text: str = "x", *, age: float = 60.0) -> None:
        """Write a file that is some seconds old."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        then = path.stat().st_mtime - age
        os.utime(path, (then, then))

    def at(self, time: float, action: Action) -> None:
        """Do something at a time."""
        self.days.actions[time].append(action)

    def images(self, *, end: float = 100.0) -> list[tuple[float, str]]:
        """Return the images that come until a time, and when each came."""
        self.days.end = end
        watch = Watch(
            self.found, self.days, now=lambda: self.days.time, sleep=self.days.sleep
        )
        came: list[tuple[float, str]] = []
        with suppress(Over):
            for each in watch:
                name = os.path.relpath(each.source, self.folder)
                came.append((self.days.time, name))
                add = partial(watch.add_record, self._record(each.source, name))
                if self.duration:
                    self.at(self.days.time + self.duration, add)
                else:
                    add()
        assert self.days.time >= end
        assert watch.yielded == len(came)
        assert not watch.is_first_look
        return came

    def _record(self, source: str, name: str) -> Record:
        error = self.outcome.get(name)
        details = None if error is None else ErrorDetails.from_error(error)
        outputs = self.outputs.get(name, ())
        return Record(source, RecordStatus.OK, error=details, outputs=outputs)


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    """Return a folder that is empty."""
    return Watched(tmp_path / "p")


def test_images_that_are_there_come_first_and_once(watched: Watched) -> None:
    """In the order of any batch; other files are none of its business."""
    for name in ("b.jpg", "a/c.png", "a.txt"):
        watched.write(name)

    assert watched.images() == [(0, "a/c.png"), (0, "b.jpg")]


def test_an_image_that_was_written_a_moment_ago_waits(watched: Watched) -> None:
    """It may be half a picture."""
    watched.write("a.jpg", age=0)
    watched.write("b.jpg")

    assert watched.images() == [(0, "b.jpg"), (2, "a.jpg")]


@pytest.mark.parametrize("age", [0, 9e9])
def test_a_new_image_comes_when_it_is_still(watched: Watched, age: float) -> None:
    """Each write begins the two seconds anew, whatever time the file claims."""
    for second in (5, 6, 7):
        watched.at(second, partial(watched.write, "a.jpg", "x" * second, age=age))

    assert watched.images() == [(9, "a.jpg")]


@pytest.mark.promises("watch")
def test_an_image_that_ends_in_zeros_is_still_being_copied(watched: Watched) -> None:
    """Programs that copy a file can set its size first. It comes after a minute."""
    size = 9_000
    watched.write("half.webp", "x" * 4_000 + "\0" * (size - 4_000), age=10)
    watched.write("dark.bmp", "x" * 4_000 + "\0" * (size - 4_000))
    watched.write("short.bmp", "\0" * 4_000, age=10)
    watched.at(20, partial(watched.write, "half.webp", "x" * size))
    watched.at(40, partial(watched.write, "other.webp", "x" + "\0" * size))

    assert watched.images(end=120) == [
        (0, "dark.bmp"),
        (0, "short.bmp"),
        (22, "half.webp"),
        (100, "other.webp"),
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
@pytest.mark.promises("watch")
def test_an_image_that_a_program_has_open_for_writing_waits(watched: Watched) -> None:
    """It comes when the program has closed it, at the latest after a minute."""
    for name in ("a.jpg", "b.jpg"):
        watched.write(name, age=10)
    with (
        (watched.folder / "a.jpg").open("ab") as a,
        (watched.folder / "b.jpg").open("ab"),
    ):
        watched.at(20, a.close)
        came = watched.images()

    assert came == [(20, "a.jpg"), (60, "b.jpg")]


def test_a_file_that_is_renamed_when_it_is_complete_comes_once(
    watched: Watched,
) -> None:
    """Cameras and editors write under another name first."""
    watched.at(3, lambda: watched.write(".a.jpg.part", "half"))
    watched.at(9, lambda: watched.write(".a.jpg.part", "whole"))
    watched.at(
        9, lambda: (watched.folder / ".a.jpg.part").rename(watched.folder / "a.jpg")
    )

    assert watched.images() == [(11, "a.jpg")]


def test_a_file_that_is_removed_soon_does_not_come(watched: Watched) -> None:
    """It was a temporary file with the name of an image."""
    watched.at(3, lambda: watched.write("a.jpg"))
    watched.at(4, (watched.folder / "a.jpg").unlink)

    assert watched.images() == []


def test_a_changed_image_comes_again(watched: Watched) -> None:
    """The same content does not: size, time and file are the same."""
    watched.write("a.jpg")
    watched.at(10, lambda: watched.write("a.jpg", "other"))

    assert watched.images() == [(0, "a.jpg"), (12, "a.jpg")]


def test_folders_come_move_and_go(watched: Watched) -> None:
    """A moved image comes under its new name; the ledger knows it."""
    watched.write("a/1.jpg")
    watched.at(10, lambda: (watched.folder / "a").rename(watched.folder / "b"))
    watched.at(20, (watched.folder / "b/1.jpg").unlink)
    watched.at(20, (watched.folder / "b").rmdir)
    watched.at(20, watched.folder.rmdir)
    watched.at(30, lambda: watched.write("c/2.jpg"))

    assert watched.images() == [(0, "a/1.jpg"), (12, "b/1.jpg"), (32, "c/2.jpg")]


def test_a_caption_written_into_an_image_does_not_bring_it_again(
    watched: Watched,
) -> None:
    """The image has changed, and its record says by whom."""
    for name in ("a.jpg", "b.jpg"):
        watched.write(name)
        watched.at(1, partial(watched.write, name, "with caption"))
    watched.outputs = {"a.jpg": (str(watched.folder / "a.jpg"),)}
    watched.duration = 1

    assert watched.images() == [(0, "a.jpg"), (0, "b.jpg"), (3, "b.jpg")]


def test_an_image_that_changes_after_its_caption_comes_again(watched: Watched) -> None:
    """A person has replaced it before the next look."""
    watched.write("a.jpg")
    watched.at(1, partial(watched.write, "a.jpg", "with caption"))
    watched.outputs = {"a.jpg": (str(watched.folder / "a.jpg"),)}
    watched.duration = 1
    watched.at(2, partial(watched.write, "a.jpg", "another picture"))

    assert [name for _, name in watched.images()] == ["a.jpg", "a.jpg"]


def test_an_ambiguous_caption_is_asked_for_again(watched: Watched) -> None:
    """The service may know its fate later; asking is free."""
    watched.write("a.jpg")
    watched.outcome = {"a.jpg": AmbiguousError("?", code="ambiguous")}

    minutes = [round(time / 60) for time, _ in watched.images(end=1_000)]

    assert minutes == [0, 5, 15]


@pytest.mark.promises("watch")
def test_a_failure_that_may_pass_is_tried_again_ever_later(watched: Watched) -> None:
    """After 5 minutes, 10, 20, 40, and then each hour; a bad file is not."""
    watched.write("a.jpg")
    watched.write("b.jpg")
    watched.outcome = {
        "a.jpg": CapacityError("busy", code="busy"),
        "b.jpg": InputError("bad", code="bad"),
    }
    watched.at(8_000, watched.outcome.clear)

    minutes = [(round(time / 60), name) for time, name in watched.images(end=10_000)]

    first = [(0, "a.jpg"), (0, "b.jpg")]
    assert minutes == [*first, *((minute, "a.jpg") for minute in (5, 15, 35, 75, 135))]


def test_an_image_in_progress_does_not_come_again(watched: Watched) -> None:
    """Its next try is due after the failure, however long that takes."""
    watched.write("a.jpg")
    watched.outcome = {"a.jpg": CapacityError("busy", code="busy")}
    watched.duration = 120

    minutes = [round(time / 60) for time, _ in watched.images(end=2_400)]

    assert minutes == [0, 7, 19]


def test_a_bad_file_comes_again_when_it_changes(watched: Watched) -> None:
    """Its owner may have mended it."""
    watched.write("a.jpg")
    watched.outcome = {"a.jpg": InputError("bad", code="bad")}
    watched.at(5_000, lambda: watched.write("a.jpg", "mended"))

    assert watched.images(end=9_000) == [(0, "a.jpg"), (5_002, "a.jpg")]


def test_a_failed_image_that_is_gone_is_forgotten(watched: Watched) -> None:
    """If it comes back, it is tried at once, and soon again."""
    watched.write("a.jpg")
    watched.outcome = {"a.jpg": CapacityError("busy", code="busy")}
    there, away = watched.folder / "a.jpg", watched.folder / ".away"
    watched.at(10, partial(there.rename, away))
    watched.at(3_000, partial(away.rename, there))

    minutes = [round(time / 60) for time, _ in watched.images(end=3_400)]

    assert minutes == [0, 50, 55]


@pytest.mark.promises("watch")
def test_folders_are_looked_at_without_reports(watched: Watched) -> None:
    """Not every file system reports changes."""
    watched.days.reports = False
    watched.at(5, lambda: watched.write("a.jpg"))

    assert watched.images() == [(LOOK_SECONDS + 2, "a.jpg")]


@pytest.mark.promises("watch")
def test_looking_takes_a_small_part_of_the_time(watched: Watched) -> None:
    """However often a large tree changes."""
    looks: list[float] = []

    class Large:
        def __iter__(self) -> "Large":
            looks.append(watched.days.time)
            return self

        def __next__(self) -> CaptionRequest:
            watched.days.time += 10
            raise StopIteration

    watched.found = Large()
    watched.images(end=500)

    assert looks == [0, 210, 420]


def test_a_file_that_cannot_be_read_is_reported_once(watched: Watched) -> None:
    """So is a folder; what was removed in the meantime is not reported."""
    watched.folder.mkdir()
    loop, gone = watched.folder / "loop.jpg", watched.folder / "gone.jpg"
    loop.symlink_to(loop)
    closed = InputError("closed", code="unreadable")
    watched.found = [
        UnusableSource(str(watched.folder / "closed"), closed),
        CaptionRequest(str(loop)),
        CaptionRequest(str(gone)),
    ]
    (watched.folder / "closed").mkdir()
    os.utime(watched.folder / "closed", (0, 0))

    assert watched.images() == [(0, "closed"), (0, "loop.jpg")]


def test_a_missing_folder_is_not_an_image(tmp_path: Path) -> None:
    """Elsewhere a name without a file is an image that cannot be read."""
    gone = str(tmp_path / "gone")

    found = Sources([gone], stdin=pytest.fail, notice=print, are_folders=True)

    assert list(found) == []
    assert [each.source for each in sources(gone)] == [gone]


def test_a_file_that_cannot_be_read_does_not_end_in_zeros(tmp_path: Path) -> None:
    """Reading it reports the error."""
    assert not watch._ends_in_zeros(str(tmp_path / "gone.jpg"))
