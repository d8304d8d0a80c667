"""Tests of changes to a block of bytes, and of the texts that undo them."""

from hypothesis import given
from hypothesis import strategies as st

from rwcap.metadata.splices import Splice, apply, undo, undo_text

BLOCKS = st.binary(max_size=40)


@st.composite
def changes(draw: st.DrawFn, block: bytes) -> list[Splice]:
    """Return splices, each of the result of the last."""
    found: list[Splice] = []
    for new in draw(st.lists(st.binary(max_size=9), max_size=4)):
        ends = st.integers(0, len(apply(block, found)))
        start, end = sorted((draw(ends), draw(ends)))
        found.append(Splice(start, end, new))
    return found


@given(BLOCKS, st.integers(1, 6), st.data())
def test_any_rounds_of_changes_are_undone_at_once(
    block: bytes, rounds: int, data: st.DataObject
) -> None:
    """The text has bytes of the first block alone: it does not grow with the rounds."""
    now, text = block, ""
    for _ in range(rounds):
        splices = data.draw(changes(now))
        text, now = undo_text(now, splices, text), apply(now, splices)

    assert undo(now, text) == block
    assert undo(now + b"x", text) is None
    written = [each.partition(":")[2] for each in text.split(" ")[1:]]
    assert sum(len(each) * 3 // 4 for each in written) <= len(block) + 2 * len(written)


def test_a_text_that_is_no_description_of_changes_undoes_nothing() -> None:
    """It is untrusted."""
    block = b"some bytes"
    text = undo_text(block, [Splice(0, 4, b"many")])
    digest = text.partition(" ")[0]

    # Files of users have such texts.
    assert text == "b0ec0d5c437330c2e52a2c0e3ecea0f4 0-4:c29tZQ=="
    assert undo(b"many bytes", text) == block
    for wrong in (
        *("", "x", "0-4:c29tZQ==", f"{digest} 0-4:c29tZ", f"{digest} x"),
        *(f"{digest} 0-4:c29tZQ== 5", f"{digest} -1-4:", f"{digest} 4-0:"),
    ):
        assert undo(b"many bytes", wrong) is None
        assert undo_text(b"many bytes", [], wrong) == digest
    assert undo(b"many bytes", f"{'0' * 32} 0-4:c29tZQ==") is None
    assert undo(b"many bytes", f"{digest} 999999999-999999999:") == b"many bytes"


def test_the_text_of_an_older_version_has_each_change_by_itself() -> None:
    """The next change makes one of them."""
    digest = undo_text(b"more bytes", []).strip()
    older = f"{digest} 0-4:bWFueQ== 0-4:c29tZQ=="

    assert undo(b"more bytes", older) == b"some bytes"
    newer = undo_text(b"more bytes", [Splice(0, 4, b"new")], older)
    assert newer.partition(" ")[2] == "0-3:c29tZQ=="
    assert undo(b"new bytes", newer) == b"some bytes"


def test_changes_that_are_too_large_are_not_described() -> None:
    """A file is then refused: its texts would be kept nowhere."""
    digest = undo_text(b"", [])
    for long in (f"{digest}{' 0-0:' * 2000}", f"{digest} 0-0:{'AAAA' * 20_000}"):
        assert undo(b"", long) is None
    many = [Splice(at, at + 1, b"") for at in range(4000, 0, -2)]

    assert undo_text(bytes(60_000), [Splice(0, 60_000, b"")]) == ""
    assert undo_text(bytes(4002), many) == ""
    assert undo(b"", "") is None


def test_a_block_that_somebody_has_changed_keeps_its_description() -> None:
    """What it leads to is the text of a person; the present text is that of rwcap."""
    first = undo_text(b"Person", [Splice(0, 6, b"Ours")])

    assert undo_text(b"Ours + GPS", [Splice(0, 4, b"Newer")], first) == first
