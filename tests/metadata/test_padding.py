"""The padding of a packet: it is used, and it comes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.metadata.xmp.packet import EMPTY_PACKET
from rwcap.metadata.xmp.padding import describe_padding, keep_length, restore_padding
from tests.metadata.packets import LIGHTROOM, description, packet

HEAD, TRAILER = b"<a/>", b'<?xpacket end="w"?>'


@given(st.integers(2, 9000), st.integers(0, 200))
def test_any_regular_padding_is_described(length: int, line: int) -> None:
    """Lines of spaces, or spaces alone."""
    lines = (b"\n" + b" " * (line - 1)) if line else b" "
    padding = (lines * length)[:length]
    held = HEAD + padding + TRAILER

    described = describe_padding(held)

    for changed in (held, HEAD + b"\n " + TRAILER):
        assert restore_padding(changed, described) == held


@pytest.mark.parametrize("padding", [b"", b"\n", b"\n \t ", b" \n", b"\n \n  \n"])
def test_other_padding_is_not_described(padding: bytes) -> None:
    """It is shorter than two bytes, or irregular."""
    assert describe_padding(HEAD + padding + TRAILER) == ""


@pytest.mark.parametrize("text", ["", "x", "9", "-1x2", "1x-2", "123456x1", "9x9x9"])
def test_a_mark_that_is_no_description_changes_nothing(text: str) -> None:
    """It is untrusted."""
    assert restore_padding(LIGHTROOM, text) == LIGHTROOM


def test_a_packet_without_padding_gets_none() -> None:
    """Its end is not searched for."""
    bare = HEAD + b"\n" + TRAILER

    assert restore_padding(bare, "100x10") == bare
    assert restore_padding(HEAD, "100x10") == HEAD
    assert describe_padding(EMPTY_PACKET) == describe_padding(HEAD) == ""


@given(st.integers(0, 3000), st.text(alphabet="ab", max_size=4000))
def test_a_packet_keeps_its_length_if_it_can(padding: int, text: str) -> None:
    """Else it grows by what is needed."""
    old = packet(description(), padding=padding)
    longer = packet(description(f"<a:b>{text}</a:b>"), padding=padding)

    new = keep_length(old, longer)

    fits = len(longer) - len(old) <= padding - 2
    assert len(new) == len(old) or not fits
    assert new.replace(b" ", b"").replace(b"\n", b"") == longer.replace(
        b" ", b""
    ).replace(b"\n", b"")
