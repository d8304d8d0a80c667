"""The purchases: reserved, in progress, settled, ambiguous."""

import json
import sqlite3
from typing import Final

from rwcap.api.reply import CaptionResult
from rwcap.core.errors import AmbiguousError, TaskError
from rwcap.core.money import Micros
from rwcap.core.prices import MAX_PRICE
from rwcap.ledger.bought_fields import find_with_others, reserved_with_others
from rwcap.ledger.budget import Budget, BudgetExhausted, BudgetReserved, check_budget
from rwcap.ledger.database.connection import Awaited, Database, Row
from rwcap.ledger.reports.forecast import PriceHistory
from rwcap.ledger.reservation import (
    Adopted,
    AlreadyBought,
    Ambiguous,
    BoughtCaption,
    RequestKey,
    ReservationRequest,
    ReservationResult,
    ReservationStatus,
    already_bought,
    first_bought,
    price_bound,
    renewal_bound,
)
from rwcap.ledger.runs import Buyer
from rwcap.ledger.source_names import canonical_source, folder_of

_SELECT_BY_KEY: Final = """
    SELECT task_uuid, text, cost, state, owner, run, asked FROM purchase
    WHERE image = ? AND request = (SELECT id FROM request WHERE digest = ?)
        AND state != 'failed'
    ORDER BY id DESC
"""
_SELECT_ALL: Final = """
    SELECT task_uuid, text, cost, model, prompt
    FROM purchase JOIN request ON request.id = request
    WHERE image = ? AND text IS NOT NULL ORDER BY purchase.id DESC
"""
_INSERT: Final = """
    INSERT INTO purchase
        (task_uuid, image, source, reserved, run, owner, day, request, folder)
    SELECT ?, ?, ?, ?, ?, ?, date('now', 'localtime'), request.id, folder.id
        FROM request JOIN folder WHERE digest = ? AND path = ?
    ON CONFLICT (task_uuid) DO NOTHING
"""
"""It inserts nothing if the UUID is taken, or if the request or folder is new."""

_SET_OWNER: Final = "UPDATE purchase SET owner = ? WHERE task_uuid = ?"
_MAKE_AMBIGUOUS: Final = (
    "UPDATE purchase SET state = 'ambiguous', owner = NULL WHERE task_uuid = ?"
)


class Purchases:
    """The purchases of all runs. This process adds its own as one run."""

    highest_cost: int = MAX_PRICE
    """The highest cost of a caption of this process; at least the highest of the
    model's page. What was reserved before it rose may be too little."""

    def __init__(self, database: Database, run: Buyer) -> None:
        """Use `database`, and own new purchases as `run`."""
        self._database = database
        self._run = run

    def find_by_key(self, image: bytes, request: RequestKey) -> AlreadyBought | None:
        """Return the newest caption bought for it, or its fields bought with others."""
        rows = self._database.read(_SELECT_BY_KEY, image, request.digest)
        exact = first_bought(rows)
        return exact or find_with_others(self._database, image, request)

    def find_by_uuid(self, task_uuid: str) -> AlreadyBought | None:
        """Return the caption bought under a task UUID."""
        query = "SELECT task_uuid, text, cost FROM purchase WHERE task_uuid = ?"
        return first_bought(self._database.read(query, task_uuid))

    def captions_of(self, image: bytes) -> list[BoughtCaption]:
        """Return all captions bought for an image, the newest first."""
        return [BoughtCaption(*row) for row in self._database.read(_SELECT_ALL, image)]

    def has_uuid(self, task_uuid: str) -> bool:
        """Return whether a purchase in any state has this task UUID."""
        query = "SELECT 1 FROM purchase WHERE task_uuid = ?"
        return bool(self._database.read(query, task_uuid))

    def price_history(self, request: RequestKey) -> PriceHistory:
        """Return the known prices of captions for a request."""
        query = "SELECT priced, total, squares FROM request WHERE digest = ?"
        for row in self._database.read(query, request.digest):
            return PriceHistory(*row)
        return PriceHistory()

    def price_bound(self, prompt: str | None) -> Micros:
        """Return the amount that is reserved for a caption."""
        return price_bound(lambda query, row: self._database.read(query, *row), prompt)

    def begin_reserve(self, wanted: ReservationRequest) -> Awaited[ReservationResult]:
        """Reserve a new purchase, or find the reason not to make one.

        A caption is not bought twice: the result names an earlier caption, a purchase
        in progress, or an ambiguous one. An abandoned purchase is adopted under its
        own UUID. The price bound is reserved from the budget in the same transaction.
        """
        run = self._run.id

        def statements(connection: sqlite3.Connection) -> ReservationResult:
            key = (wanted.image, wanted.request.digest)
            rows: list[Row] = connection.execute(_SELECT_BY_KEY, key).fetchall()
            for row in rows:
                found = already_bought(*row[:3])
                if found and not (wanted.fresh and row[5] != run):
                    return found
            for task_uuid, _, _, state, owner, _, asked in rows:
                if state == "sent":
                    return self._adopt(connection, task_uuid, owner, asked)
            for task_uuid, _, _, state, _, buyer, _ in rows:
                of_this_run = buyer == run
                if state == "ambiguous" and (of_this_run or not wanted.rebuy_ambiguous):
                    return Ambiguous(task_uuid, of_this_run)
            with_others = reserved_with_others(connection, wanted, self._run)
            return with_others or self._insert(connection, wanted)

        return self._database.begin(statements)

    def _adopt(
        self,
        connection: sqlite3.Connection,
        task_uuid: str,
        owner: str | None,
        asked: int,
    ) -> ReservationResult:
        """Adopt a purchase that was sent, unless its owner runs.

        One that the service accepted is never sent again: it is ambiguous.
        """
        if owner == self._run.owner:
            return ReservationStatus.IN_PROGRESS
        if owner and self._run.is_alive(owner):
            return ReservationStatus.IN_PROGRESS_ELSEWHERE
        if asked < 0:
            connection.execute(_MAKE_AMBIGUOUS, (task_uuid,))
            return Ambiguous(task_uuid)
        connection.execute(_SET_OWNER, (self._run.owner, task_uuid))
        return Adopted(task_uuid)

    def renew_reservation(
        self, task_uuid: str, budget: Budget
    ) -> BudgetReserved | BudgetExhausted | None:
        """Move an adopted purchase to this run and to today, before it is sent again.

        The service charges it when it is sent. Returns the reason if the budget does
        not allow it; then nothing changes.
        """
        run = self._run.id

        def statements(
            connection: sqlite3.Connection,
        ) -> BudgetReserved | BudgetExhausted | None:
            bound = renewal_bound(connection, task_uuid)
            refusal = check_budget(
                connection, budget, bound, self._run, besides=task_uuid
            )
            if refusal is None:
                connection.execute(
                    "UPDATE purchase SET run = ?, reserved = ?, asked = 0,"
                    " day = date('now', 'localtime'),"
                    " opened = strftime('%Y-%m-%dT%H:%M:%fZ')"
                    " WHERE task_uuid = ? AND state IN ('sent', 'ambiguous')",
                    (run, bound, task_uuid),
                )
            return refusal

        return self._database.write(statements)

    def settle(
        self, task_uuid: str, outcome: CaptionResult | TaskError, attempts: int
    ) -> None:
        """Store the outcome of a purchase, and wait until that is durable."""
        self.begin_settle(task_uuid, outcome, attempts).result()

    def begin_settle(
        self, task_uuid: str, outcome: CaptionResult | TaskError, attempts: int
    ) -> Awaited[bool]:
        """Store the outcome of a purchase. The result is whether it had none before.

        An outcome replaces an ambiguous one. Nothing replaces a caption or a failure.

        Args:
            task_uuid: The UUID of the purchase. An unknown one is ignored.
            outcome: The caption, or the error. An `AmbiguousError` is not final.
            attempts: The number of requests sent, added to earlier ones.
        """
        write = self._begin_change(
            "UPDATE purchase SET state = ?, text = ?, cost = ?, error = ?,"
            " attempts = attempts + ?, owner = NULL,"
            " settled = strftime('%Y-%m-%dT%H:%M:%fZ')"
            " WHERE task_uuid = ? AND state IN ('sent', 'ambiguous')",
            *(*_outcome_columns(outcome), attempts, task_uuid),
        )
        self.note_cost(outcome)  # last: a reservation that knows it follows the write
        return write

    def note_cost(self, outcome: CaptionResult | TaskError) -> None:
        """Keep the cost of a caption if it is the highest."""
        if isinstance(outcome, CaptionResult) and outcome.cost is not None:
            self.highest_cost = max(self.highest_cost, outcome.cost)

    def mark_delivered(self, task_uuid: str, *, reused: bool) -> None:
        """Note, with the next write, that a caption is printed or written.

        A caption whose note is lost, because the process is killed, counts as never
        written.

        Args:
            task_uuid: The UUID of the purchase.
            reused: Whether the caption was bought earlier. It counts as reused only
                if it was delivered before.
        """

        def statements(connection: sqlite3.Connection) -> None:
            if reused:
                connection.execute(
                    "INSERT INTO total (day, run, request, folder, reused, saved)"
                    " SELECT date('now', 'localtime'), run, request, folder, 1,"
                    " coalesce(cost, 0) FROM purchase WHERE task_uuid = ? AND written"
                    " ON CONFLICT DO UPDATE SET reused = reused + 1,"
                    " saved = saved + excluded.saved",
                    (task_uuid,),
                )
            connection.execute(
                "UPDATE purchase SET written = 1 WHERE task_uuid = ? AND NOT written",
                (task_uuid,),
            )

        self._database.begin(statements)

    def cancel(self, task_uuid: str) -> Awaited[bool]:
        """Remove a purchase of this run whose task was never sent."""
        return self._begin_change(
            "DELETE FROM purchase WHERE task_uuid = ? AND state = 'sent' AND owner = ?",
            *(task_uuid, self._run.owner),
        )

    def begin_release(self, task_uuid: str) -> Awaited[bool]:
        """Give up a purchase in progress, so that another process can adopt it."""
        return self._begin_change(
            "UPDATE purchase SET owner = NULL WHERE task_uuid = ? AND state = 'sent'",
            task_uuid,
        )

    def begin_accept(self, task_uuid: str) -> Awaited[bool]:
        """Note that the service has accepted the task of a purchase (`asked` is -1).

        It will be charged, even if the service does not keep its result.
        """
        return self._begin_change(
            "UPDATE purchase SET asked = -1 WHERE task_uuid = ? AND state = 'sent'",
            task_uuid,
        )

    def _begin_change(self, query: str, *values: object) -> Awaited[bool]:
        """Begin a write to one purchase. The result is whether it changed the row."""
        return self._database.begin(
            lambda connection: connection.execute(query, values).rowcount > 0
        )

    def _insert(
        self, connection: sqlite3.Connection, wanted: ReservationRequest
    ) -> ReservationResult:
        """Insert a new purchase if its UUID is new and the budget allows it."""
        bound = price_bound(connection.execute, wanted.request.prompt)
        if refusal := check_budget(connection, wanted.budget, bound, self._run):
            return refusal
        request = wanted.request
        source = canonical_source(wanted.source)
        folder = folder_of(source)
        row = (
            *(wanted.task_uuid, wanted.image, source),
            *(bound, self._run.id, self._run.owner, request.digest, folder),
        )
        if connection.execute(_INSERT, row).rowcount:
            return ReservationStatus.RESERVED
        connection.execute(
            "INSERT OR IGNORE INTO request (digest, model, prompt) VALUES (?, ?, ?)",
            (request.digest, request.model, request.prompt),
        )
        connection.execute("INSERT OR IGNORE INTO folder (path) VALUES (?)", (folder,))
        if connection.execute(_INSERT, row).rowcount:
            return ReservationStatus.RESERVED
        return ReservationStatus.UUID_TAKEN


def _outcome_columns(
    outcome: CaptionResult | TaskError,
) -> tuple[str, str | None, Micros | None, str | None]:
    """Return the values of the columns state, text, cost and error."""
    if isinstance(outcome, CaptionResult):
        return "done", outcome.text, outcome.cost, None
    state = "ambiguous" if isinstance(outcome, AmbiguousError) else "failed"
    members = {"kind": outcome.kind, "code": outcome.code, "message": outcome.message}
    return state, None, None, json.dumps(members)
