"""The entry point: `--version` without imports, exceptions as exit statuses."""

import sys

from rwcap import __version__


def main() -> None:
    """Run the command line, and end the process with its exit status."""
    _prepare_streams()
    status = 0
    try:
        if sys.argv[1:] in (["--version"], ["-V"]):
            status = _print_version()
        else:
            status = _run(sys.argv[1:])
    except KeyboardInterrupt:
        status = 130  # before signals are handled; nothing to report
    except BaseException as stopped:
        from rwcap.core.errors import Interrupted

        if not isinstance(stopped, Interrupted):
            raise
        status = stopped.status  # of an error that was being reported
    _exit(status)


def _print_version() -> int:
    """Print the version, and return the exit status."""
    try:
        sys.stdout.write(f"rwcap {__version__}\n")  # an unbuffered stream writes now
    except OSError as failure:
        return _report_unwritten(failure)
    return 0


def _run(arguments: list[str]) -> int:
    """Run a command line, print its error, and return its exit status."""
    import gc

    # Imports create many objects and no garbage, so the collector would run in vain.
    # `rwcap batch` sets the threshold back.
    gc.set_threshold(50_000)
    from rwcap.core.errors import Interrupted

    _forbid_core_dumps()
    _handle_signals()
    try:
        from rwcap.cli import app

        return app.run(arguments)
    except (Exception, Interrupted) as failure:  # noqa: BLE001  # every error is printed in one line
        from rwcap.cli.terminal import messages

        return messages.report_failure(failure)
    finally:
        _stop_handling_signals()


def _prepare_streams() -> None:
    """Replace closed standard streams, and set the encoding to UTF-8.

    Otherwise a file opened later could get the number of a closed stream, and
    messages would be written into it. Output to a closed standard output fails.
    """
    import os
    from io import TextIOWrapper

    closed = (("stdin", os.O_RDONLY), ("stdout", os.O_RDONLY), ("stderr", os.O_WRONLY))
    for number, (name, flags) in enumerate(closed):
        if getattr(sys, name) is None:
            os.open(os.devnull, flags)  # gets the lowest free number, `number`
            stream = os.fdopen(number, "w" if number else "r", encoding="utf-8")
            setattr(sys, name, stream)
    for output in (sys.stdout, sys.stderr):
        if isinstance(output, TextIOWrapper):
            output.reconfigure(encoding="utf-8", errors="backslashreplace")


def _forbid_core_dumps() -> None:
    """Keep the memory of the process, which has the key, out of files after a crash."""
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, hard))


def _handle_signals() -> None:
    """Raise `Interrupted` on a signal, unless the parent process ignores it.

    `nohup` and shells with background jobs ignore signals on purpose. A second
    signal after one second or more ends the process at once.
    """
    import signal
    from time import monotonic
    from types import FrameType

    from rwcap.core.errors import Interrupted
    from rwcap.core.exit_status import ExitStatus

    first: list[float] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        first.append(monotonic())
        if len(first) == 1:
            raise Interrupted(ExitStatus(128 + number))
        if first[-1] - first[0] > 1.0:  # otherwise one Ctrl-C arrived twice
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    for number in _handled_signals():
        signal.signal(number, stop)


def _stop_handling_signals() -> None:
    """Let a signal end the process: nothing would catch the exception of a handler."""
    import signal

    for number in _handled_signals():
        signal.signal(number, signal.SIG_DFL)


def _handled_signals() -> list[int]:
    """Return the signals that stop a run, without those that the parent ignores."""
    import signal

    names = {"SIGHUP", "SIGINT", "SIGTERM"}  # not every system has all of them
    numbers = [each for each in signal.Signals if each.name in names]
    return [each for each in numbers if signal.getsignal(each) != signal.SIG_IGN]


def _exit(status: int) -> None:
    """Exit with `status`; after a signal, end the process by the same signal.

    A loop in a shell continues after a command that returns 130, and stops after one
    that SIGINT killed (https://www.cons.org/cracauer/sigint.html).
    """
    import os

    for number, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            if _can_flush(number, status):
                stream.flush()
        except OSError as failure:
            # Python would flush again and change the exit status.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            if stream is sys.stdout and not status:
                status = _report_unwritten(failure)
    if status > 128 and os.name == "posix":  # noqa: PLR2004  # 128 + signal number
        import signal

        signal.signal(status - 128, signal.SIG_DFL)
        signal.raise_signal(status - 128)
    sys.exit(status)


def _can_flush(descriptor: int, status: int) -> bool:
    """Return whether to flush a stream: after a signal, nobody may be reading it."""
    if status <= 128:  # noqa: PLR2004  # 128 + signal number
        return True
    from rwcap.cli.terminal.messages import can_write

    return can_write(descriptor)


def _report_unwritten(failure: OSError) -> int:
    """Print that standard output cannot be written, and return the exit status."""
    from contextlib import suppress

    with suppress(OSError):  # it cannot be written either, as in `> /dev/full 2>&1`
        message = f"cannot write to standard output: {failure.strerror}"
        sys.stderr.write(f"error: {message}\n")
    return 141 if isinstance(failure, BrokenPipeError) else 1


if __name__ == "__main__":
    main()
