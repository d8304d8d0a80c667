"""What was bought, what is being bought, and what may have been."""

import json
import sqlite3
from typing import Final

from rwcap.api.reply import CaptionResult
from rwcap.core.errors import AmbiguousError, TaskError
from rwcap.core.money import Micros
from rwcap.ledger.budget import (
    Budget,
    BudgetExhausted,
    BudgetReserved,
    check_budget,
    price_bound,
)
from rwcap.ledger.database import Database, Row
from rwcap.ledger.files import canonical_source
from rwcap.ledger.forecast import PriceHistory
from rwcap.ledger.reservation import (
    Adopted,
    AlreadyBought,
    Ambiguous,
    InProgress,
    RequestKey,
    ReservationRequest,
    ReservationResult,
    Reserved,
    UuidTaken,
)
from rwcap.ledger.runs import Run

_SELECT_BY_KEY: Final = """
    SELECT task_uuid, text, cost, state, owner, run FROM purchase
    WHERE image = ? AND request = (SELECT id FROM request WHERE digest = ?)
        AND state != 'failed'
    ORDER BY id DESC
"""


class Purchases:
    """The rows of all purchases; this process opens its own as one run."""

    def __init__(self, database: Database, run: Run) -> None:
        """Write to `database` in the name of `run`."""
        self._database = database
        self._run = run

    def find_by_key(self, image: bytes, request: RequestKey) -> AlreadyBought | None:
        """Return the newest purchase of a caption, if there is one."""
        rows = self._database.read(_SELECT_BY_KEY, image, request.digest)
        return next(filter(None, map(_already_bought, rows)), None)

    def find_by_uuid(self, task_uuid: str) -> AlreadyBought | None:
        """Return the caption that was bought under a UUID."""
        rows = self._database.read(
            "SELECT task_uuid, text, cost FROM purchase WHERE task_uuid = ?", task_uuid
        )
        return next(filter(None, map(_already_bought, rows)), None)

    def has_uuid(self, task_uuid: str) -> bool:
        """Return whether a UUID is that of any purchase."""
        question = "SELECT 1 FROM purchase WHERE task_uuid = ?"
        return bool(self._database.read(question, task_uuid))

    def price_history(self, request: RequestKey) -> PriceHistory:
        """Return what captions of a request have cost, where that was told."""
        question = "SELECT priced, total, squares FROM request WHERE digest = ?"
        for row in self._database.read(question, request.digest):
            return PriceHistory(*row)
        return PriceHistory()

    def reserve(self, bid: ReservationRequest) -> ReservationResult:
        """Open a purchase, unless there is one; on return it is on the disk.

        What was bought is not bought again, what is under way is not begun
        twice, and what nobody is at any more is taken over under its own UUID.
        What may be charged is reserved in the same transaction, out of the budget.
        """
        run = self._run.id

        def statements(database: sqlite3.Connection) -> ReservationResult:
            key = (bid.image, bid.request.digest)
            rows: list[Row] = database.execute(_SELECT_BY_KEY, key).fetchall()
            for row in rows:
                found = _already_bought(row)
                if found and not (bid.fresh and row[5] != run):
                    return found
            for task_uuid, _, _, state, owner, _ in rows:
                if state == "sent":
                    if self._is_alive(owner):
                        return InProgress()
                    database.execute(
                        "UPDATE purchase SET owner = ? WHERE task_uuid = ?",
                        (self._run.owner, task_uuid),
                    )
                    return Adopted(task_uuid)
            for task_uuid, _, _, state, *_ in rows:
                if state == "ambiguous" and not bid.rebuy_ambiguous:
                    return Ambiguous(task_uuid)
            return self._insert(database, bid)

        return self._database.write(statements)

    def renew_reservation(
        self, task_uuid: str, budget: Budget
    ) -> BudgetReserved | BudgetExhausted | None:
        """Make a purchase that was taken over one of this run, and of today.

        Before it is sent again, for it is then that it is charged. Returns why the
        budget has no room for it, if so.
        """
        run = self._run.id

        def statements(
            database: sqlite3.Connection,
        ) -> BudgetReserved | BudgetExhausted | None:
            reserve = price_bound(database)
            refusal = check_budget(
                database, budget, reserve, self._run, besides=task_uuid
            )
            if refusal is None:
                database.execute(
                    "UPDATE purchase SET run = ?, reserved = ?, asked = 0,"
                    " day = date('now', 'localtime') WHERE task_uuid = ?",
                    (run, reserve, task_uuid),
                )
            return refusal

        return self._database.write(statements)

    def settle(
        self, task_uuid: str, outcome: CaptionResult | TaskError, attempts: int
    ) -> None:
        """Bring a purchase to its end; on return it is on the disk.

        A text replaces a doubt; nothing replaces a text.
        """
        row = (*_outcome_columns(outcome), attempts, task_uuid)
        self._database.write(
            lambda database: database.execute(
                "UPDATE purchase SET state = ?, text = ?, cost = ?, error = ?,"
                " attempts = attempts + ?, owner = NULL,"
                " settled = strftime('%Y-%m-%dT%H:%M:%fZ')"
                " WHERE task_uuid = ? AND state IN ('sent', 'ambiguous')",
                row,
            )
        )

    def mark_delivered(self, task_uuid: str, *, reused: bool) -> None:
        """Note, some time soon, that a caption is where it was wanted.

        `reused`: it was there already. It counts as had again only if somebody has had
        it before. A note that is lost when the process is killed makes a caption look
        as never written.
        """

        def statements(database: sqlite3.Connection) -> None:
            if reused:
                database.execute(
                    "INSERT INTO reuse SELECT date('now', 'localtime'), id, 1"
                    " FROM purchase WHERE task_uuid = ? AND written"
                    " ON CONFLICT (day, purchase) DO UPDATE SET times = times + 1",
                    (task_uuid,),
                )
            database.execute(
                "UPDATE purchase SET written = 1 WHERE task_uuid = ? AND NOT written",
                (task_uuid,),
            )

        self._database.write_later(statements)

    def release(self, task_uuid: str) -> None:
        """Leave a purchase open for whoever wants it next."""
        self._database.write(
            lambda database: database.execute(
                "UPDATE purchase SET owner = NULL"
                " WHERE task_uuid = ? AND state = 'sent'",
                (task_uuid,),
            )
        )

    def mark_not_found(self, task_uuid: str) -> None:
        """Note that the service was asked after a purchase and knows none."""
        question = "SELECT owner FROM purchase WHERE task_uuid = ?"

        def statements(database: sqlite3.Connection) -> None:
            (owner,) = database.execute(question, (task_uuid,)).fetchone()
            if not self._is_alive(owner):
                database.execute(
                    "UPDATE purchase SET asked = asked + 1 WHERE task_uuid = ?",
                    (task_uuid,),
                )

        self._database.write(statements)

    def abandoned(self) -> list[str]:
        """Return the UUIDs of open purchases that nobody is at.

        Without those that the service has not heard of: they are sent again,
        under the same UUID, when their caption is wanted.
        """
        rows = self._database.read(
            "SELECT task_uuid, owner FROM purchase INDEXED BY one_live_purchase"
            " WHERE state = 'sent' AND NOT asked ORDER BY id"
        )
        return [task_uuid for task_uuid, owner in rows if not self._is_alive(owner)]

    def unsettled(self) -> list[tuple[str, bool]]:
        """Return the UUIDs of all purchases that nobody is at, and that have no end.

        With each, whether it may have been charged although the service knows
        nothing of it.
        """
        rows = self._database.read(
            "SELECT task_uuid, state, owner FROM purchase INDEXED BY unsettled"
            " WHERE state IN ('sent', 'ambiguous') ORDER BY id"
        )
        return [
            (task_uuid, state == "ambiguous")
            for task_uuid, state, owner in rows
            if not self._is_alive(owner)
        ]

    def _is_alive(self, owner: str | None) -> bool:
        return bool(owner and self._run.is_alive(owner))

    def _insert(
        self, database: sqlite3.Connection, bid: ReservationRequest
    ) -> ReservationResult:
        """Open a new purchase, if its UUID is new and the budget has room."""
        used = "SELECT 1 FROM purchase WHERE task_uuid = ?"
        if database.execute(used, (bid.task_uuid,)).fetchone():
            return UuidTaken()
        reserve = price_bound(database)
        if refusal := check_budget(database, bid.budget, reserve, self._run):
            return refusal
        request = bid.request
        database.execute(
            "INSERT OR IGNORE INTO request (digest, model, prompt) VALUES (?, ?, ?)",
            (request.digest, request.model, request.prompt),
        )
        database.execute(
            "INSERT INTO purchase"
            " (task_uuid, image, request, source, reserved, run, owner)"
            " VALUES (?, ?, (SELECT id FROM request WHERE digest = ?), ?, ?, ?, ?)",
            (
                bid.task_uuid,
                bid.image,
                request.digest,
                canonical_source(bid.source),
                reserve,
                self._run.id,
                self._run.owner,
            ),
        )
        return Reserved()


def _already_bought(row: Row) -> AlreadyBought | None:
    task_uuid, text, cost, *_ = row
    if text is None:
        return None
    return AlreadyBought(task_uuid, text, None if cost is None else Micros(cost))


def _outcome_columns(
    outcome: CaptionResult | TaskError,
) -> tuple[str, str | None, Micros | None, str | None]:
    """Return state, text, cost and error."""
    if isinstance(outcome, CaptionResult):
        return "done", outcome.text, outcome.cost, None
    state = "ambiguous" if isinstance(outcome, AmbiguousError) else "failed"
    fields = {"kind": outcome.kind, "code": outcome.code, "message": outcome.message}
    return state, None, None, json.dumps(fields)
