"""The door: `--version` before anything is imported, exceptions to exit status."""

import sys

from rwcap import __version__


def main() -> None:
    """Run the command line, and end the process as its outcome asks."""
    _prepare_streams()
    status = 0
    try:
        if sys.argv[1:] in (["--version"], ["-V"]):
            sys.stdout.write(f"rwcap {__version__}\n")
        else:
            status = _run(sys.argv[1:])
    except KeyboardInterrupt:
        status = 130  # before we listen: there is nothing to tell
    _exit(status)


def _run(arguments: list[str]) -> int:
    """Return the exit status of a command line; every failure is message first."""
    from rwcap.core.errors import Interrupted

    _handle_signals()
    try:
        from rwcap.cli import app

        return app.run(arguments)
    except (Exception, Interrupted) as failure:  # noqa: BLE001  # one line, whatever it is
        from rwcap.cli.terminal import messages

        return messages.report_failure(failure)


def _prepare_streams() -> None:
    """Open the standard streams that are closed, and have them speak UTF-8.

    A file opened later must not get the number of a closed stream, or messages
    would be written into it. What is written to a closed standard output fails,
    as it should.
    """
    import os
    from io import TextIOWrapper

    closed = (("stdin", os.O_RDONLY), ("stdout", os.O_RDONLY), ("stderr", os.O_WRONLY))
    for number, (name, flags) in enumerate(closed):
        if getattr(sys, name) is None:
            os.open(os.devnull, flags)  # gets the lowest free number: this one
            stream = os.fdopen(number, "w" if number else "r", encoding="utf-8")
            setattr(sys, name, stream)
    for output in (sys.stdout, sys.stderr):
        if isinstance(output, TextIOWrapper):
            output.reconfigure(encoding="utf-8", errors="backslashreplace")


def _handle_signals() -> None:
    """Turn signals to stop into `Interrupted`, unless the caller ignores them.

    `nohup` and shells that start jobs in the background set SIG_IGN on purpose.
    Whoever asks again after a second gets the end at once.
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
        if first[-1] - first[0] > 1.0:  # else it is one Ctrl-C that came twice
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    names = {"SIGHUP", "SIGINT", "SIGTERM"}  # not every system has all of them
    for number in (each for each in signal.Signals if each.name in names):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, stop)


def _exit(status: int) -> None:
    """Leave with `status`; after a signal, die by it.

    A shell's loop goes on after a command that merely returns 130, but stops
    for one that was killed by SIGINT (https://www.cons.org/cracauer/sigint.html).
    """
    import os

    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as failure:
            # Python would flush again, and end in a status of its own.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            if stream is sys.stdout and not status:
                message = f"cannot write to standard output: {failure.strerror}"
                sys.stderr.write(f"error: {message}\n")
                status = 141 if isinstance(failure, BrokenPipeError) else 1
    if status > 128 and os.name == "posix":  # noqa: PLR2004  # 128 + signal number
        import signal

        signal.signal(status - 128, signal.SIG_DFL)
        signal.raise_signal(status - 128)
    sys.exit(status)


if __name__ == "__main__":
    main()
