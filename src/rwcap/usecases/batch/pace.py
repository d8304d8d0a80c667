"""The pace of a run: the requests in flight, and the pauses between requests."""

from http import HTTPStatus
from threading import Event, Lock
from typing import Final, Protocol

from rwcap.api.concurrency import ConcurrencyLimit
from rwcap.api.retry import MAX_RETRY_AFTER
from rwcap.api.wire import Reply
from rwcap.core.errors import CapacityError
from rwcap.usecases.context import Context, RunStopped

_CONGESTION_STATUSES: Final = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}


class Slots(Protocol):
    """The slots of threads that send."""

    def pause(self) -> None:
        """Give a slot back until `resume`."""

    def resume(self) -> None:
        """Wait for a slot."""

    def use_new_slots(self) -> None:
        """Let threads take slots that were added."""


class Pace:
    """Sends requests as fast as the service takes them."""

    slots: Slots
    """The slots of the threads that send."""

    def __init__(self, outside: Context, ceiling: int) -> None:
        """Send through `outside`, at most `ceiling` requests at the same time."""
        self._outside = outside
        self._concurrency = ConcurrencyLimit(ceiling)
        self._share: int | None = None
        """The most requests in flight, if other processes share the ceiling."""
        self._lock = Lock()
        self._paused_until = 0.0
        self._has_long_pause = False
        self._stop_now = Event()
        self._no_new_purchases = Event()

    @property
    def concurrency(self) -> int:
        """The number of images that may be in progress now."""
        value = self._concurrency.value
        return value if self._share is None else min(value, self._share)

    @property
    def pause(self) -> float:
        """The seconds until the next request, if the service asked for a pause."""
        return max(0.0, self._paused_until - self._outside.now())

    @property
    def is_stopped(self) -> bool:
        """Whether pauses have ended because of a signal."""
        return self._stop_now.is_set()

    def hold(self, seconds: float) -> None:
        """Begin no request for some seconds."""
        until = self._outside.now() + seconds
        self._paused_until = max(self._paused_until, until)

    def take_long_pause(self) -> bool:
        """Return, once, whether the service asked for a pause of more than the limit.

        Nothing waits for such a pause: the service counts as unavailable.
        """
        has_long_pause, self._has_long_pause = self._has_long_pause, False
        return has_long_pause

    def share_service(self, slots: int, pause: float) -> None:
        """Send at most `slots` requests at a time, and none for `pause` seconds."""
        self.hold(pause)
        self._share = slots
        self.slots.use_new_slots()

    def stop(self) -> None:
        """End all pauses."""
        self._stop_now.set()

    def begin_nothing(self) -> None:
        """End the pauses before purchases."""
        self._no_new_purchases.set()

    def post(self, body: bytes) -> Reply:
        """Send a request, and adapt the concurrency to the reply.

        If the service asks one thread to wait, all threads wait.
        """
        while pause := self.pause:
            self.sleep(pause)
        with self._lock:
            token = self._concurrency.start_request()
        started = self._outside.now()
        reply = self._outside.post(body)
        seconds = self._outside.now() - started
        with self._lock:
            if reply.status in _CONGESTION_STATUSES:
                self._concurrency.record_congestion(token)
                pause = reply.retry_after or 0.0
                if pause > MAX_RETRY_AFTER:
                    self._has_long_pause = True
                else:
                    self.hold(pause)
            elif reply.status < HTTPStatus.BAD_REQUEST:
                self._concurrency.record_success(token, seconds)
        return reply

    def sleep(self, seconds: float) -> None:
        """Sleep, or raise `RunStopped` if a signal stops the run."""
        self._wait(self._stop_now, seconds)

    def sleep_before_purchase(self, seconds: float) -> None:
        """Sleep, or raise `RunStopped` if the run may not begin a purchase."""
        self._wait(self._no_new_purchases, seconds)

    def _wait(self, stopped: Event, seconds: float) -> None:
        """Wait without a slot, so that other requests are sent meanwhile."""
        self.slots.pause()
        is_stopped = stopped.wait(seconds)
        self.slots.resume()
        if is_stopped:
            reason = "the run was stopped before the caption came"
            raise RunStopped(CapacityError(reason, code="runStopped"))
