"""Each source of a batch is resolved by its kind."""

from pathlib import Path

import pytest

from rwcap.core.errors import UsageError
from rwcap.core.source import CaptionRequest, UnusableSource
from tests.sources.batch import URL, UUID, create_files, found, sources, unprivileged


def test_a_glob_is_expanded_if_no_file_has_its_name(here: Path) -> None:
    """It finds images, in the order of their paths."""
    create_files(here, "p/b/2.jpg", "p/a/1.jpg", "p/a/x/3.jpg", "p/a/n.txt", "p[1].jpg")
    create_files(here, "p/.c/4.jpg", "p/a/.5.jpg")
    root = str(here)

    assert [one.source for one in sources("p/*/*")] == ["p/a/1.jpg", "p/b/2.jpg"]
    assert found("p/**/*.jpg") == ["a/1.jpg", "a/x/3.jpg", "b/2.jpg"]
    assert found("p/.*/*.jpg") == [".c/4.jpg"]
    assert found("p/a/.*") == [".5.jpg"]
    assert found("./p/[ab]/?.jpg") == ["a/1.jpg", "b/2.jpg"]
    assert found("p[1].jpg") == ["p[1].jpg"]
    assert [one.source for one in sources(f"{root}/p/b/*")] == [f"{root}/p/b/2.jpg"]


def test_a_glob_reads_only_folders_that_may_match(here: Path) -> None:
    """Other folders may be unreadable."""
    create_files(here, "a/1.jpg", "locked/x/1.jpg", "a.d/1.jpg", "l.jpg")
    (here / "locked").chmod(0)

    with unprivileged():
        assert found("a*/*.jpg") == ["a.d/1.jpg", "a/1.jpg"]
        assert found("[a]/**") == ["a/1.jpg"]
        assert found("l*") == ["l.jpg"]


def test_urls_uuids_and_files_are_single_sources(here: Path) -> None:
    """A missing file is reported when it is read."""
    create_files(here, "a.tex", "b/c.jpg")
    (here / "dangling*").symlink_to("nowhere")
    words = [URL, UUID, "a.tex", "b/c.jpg", "no.jpg", "no/..", "", "dangling*", "n\0"]

    assert list(sources(*words)) == [
        CaptionRequest(URL),
        CaptionRequest(UUID),
        CaptionRequest("a.tex", "a.tex"),
        CaptionRequest("b/c.jpg", "c.jpg"),
        CaptionRequest("no.jpg", "no.jpg"),
        CaptionRequest("no/.."),
        CaptionRequest(""),
        CaptionRequest("dangling*", "dangling*"),
        CaptionRequest("n\0", "n\0"),
    ]

    create_files(here, UUID)

    assert list(sources(UUID)) == [CaptionRequest(UUID, UUID)]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("-", "-: a batch does not accept standard input"),
        ("data:,A", "data:,... (1 characters): a batch does not accept a data URI"),
    ],
)
def test_a_batch_refuses_standard_input_and_data_uris(
    here: Path, word: str, message: str
) -> None:
    """On the command line it is a usage error; in a list only the line fails."""
    with pytest.raises(UsageError) as refused:
        sources(word)
    (here / "list").write_text(f"{word}\nb.jpg\n")
    unusable, request = sources(files_from="list")

    assert refused.value.message == message
    assert "--files-from -" in str(refused.value.hint)
    assert isinstance(unusable, UnusableSource)
    assert unusable.error.message == message
    assert request == CaptionRequest("b.jpg", "b.jpg")
