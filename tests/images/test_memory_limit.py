"""Tests of the limit of pixels that threads decode at a time."""

from contextlib import suppress
from threading import Lock, Thread
from time import sleep

from rwcap.images.memory import MemoryLimit


def maximum_occupied(room: MemoryLimit, *sizes: int) -> int:
    """Acquire each size in a thread, and return the maximum at any time."""
    lock = Lock()
    taken = most = 0

    def work(size: int) -> None:
        nonlocal taken, most
        with room.acquire(size):
            with lock:
                taken += size
                most = max(most, taken)
            sleep(0.005)
            with lock:
                taken -= size

    threads = [Thread(target=work, args=(size,)) for size in sizes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not taken
    return most


def test_threads_do_not_exceed_the_limit() -> None:
    """Several small images or a few large ones fit."""
    assert 50 <= maximum_occupied(MemoryLimit(100), *[50] * 8) <= 100
    assert maximum_occupied(MemoryLimit(100), *[60] * 4) == 60
    assert maximum_occupied(MemoryLimit(100), *[10] * 40, *[90] * 3) <= 100


def test_an_image_larger_than_the_limit_is_decoded_alone() -> None:
    """It does not wait forever."""
    assert maximum_occupied(MemoryLimit(100), 500, 10, 500) == 500


def test_pixels_are_released_after_an_error() -> None:
    """A damaged image does not reduce the limit."""
    room = MemoryLimit(10)
    for _ in range(3):
        with suppress(ZeroDivisionError), room.acquire(10):
            1 / 0  # noqa: B018  # raises

    assert maximum_occupied(room, 10) == 10
