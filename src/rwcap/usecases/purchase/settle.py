"""Store the outcome of a purchase, and name its task if that is interrupted."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rwcap.api.reply import Pending
from rwcap.core.errors import LedgerError, NoKeyError, RwcapError
from rwcap.core.record import fetch_command
from rwcap.usecases.context import Context
from rwcap.usecases.purchase.submit import Submission, TaskOutcome
from rwcap.usecases.purchase.task_status import charged_error


@contextmanager
def note_task_on_interrupt(task_uuid: str, context: Context) -> Iterator[None]:
    """Add the UUID and the command that fetches the caption to an interruption."""
    try:
        yield
    except RwcapError:
        raise  # nothing was sent, or the message names the task
    except BaseException as interruption:
        interruption.add_note(f"task {task_uuid} may have been accepted")
        interruption.add_note(fetch_command(task_uuid, context.service_options))
        raise


def begin_settling(
    task_uuid: str, submission: Submission, context: Context
) -> Callable[[], bool]:
    """Settle a purchase, release it without an outcome, or cancel it if it is unsent.

    Returns:
        A function that waits until that is durable, and returns whether it changed
        the purchase. It did not if another thread or process has settled it.
    """
    purchases = context.ledger.purchases
    outcome: TaskOutcome = submission.outcome
    if isinstance(outcome, Pending) or not submission.definite:
        write = purchases.begin_release(task_uuid)
    elif isinstance(outcome, NoKeyError):
        write = purchases.cancel(task_uuid)
    else:
        write = purchases.begin_settle(task_uuid, outcome, submission.attempts)

    def wait() -> bool:
        try:
            with note_task_on_interrupt(task_uuid, context):
                return write.result()
        except LedgerError as error:
            raise charged_error(error, task_uuid, context) from error

    return wait
