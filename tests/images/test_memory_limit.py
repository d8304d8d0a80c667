"""Threads decode as much at a time as there is room for."""

from contextlib import suppress
from threading import Lock, Thread
from time import sleep

from rwcap.images.convert import MemoryLimit


def most_at_once(room: MemoryLimit, *sizes: int) -> int:
    """Take up these sizes in a thread each, and return the most at any time."""
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


def test_no_more_is_decoded_than_there_is_room_for() -> None:
    """Many small ones at a time, a few large ones."""
    assert 50 <= most_at_once(MemoryLimit(100), *[50] * 8) <= 100
    assert most_at_once(MemoryLimit(100), *[60] * 4) == 60
    assert most_at_once(MemoryLimit(100), *[10] * 40, *[90] * 3) <= 100


def test_one_that_is_larger_than_all_goes_alone() -> None:
    """Nobody waits for ever."""
    assert most_at_once(MemoryLimit(100), 500, 10, 500) == 500


def test_room_is_given_back_when_something_goes_wrong() -> None:
    """A damaged picture takes nothing away from the others."""
    room = MemoryLimit(10)
    for _ in range(3):
        with suppress(ZeroDivisionError), room.acquire(10):
            1 / 0  # noqa: B018  # goes wrong

    assert most_at_once(room, 10) == 10
