"""Purchases that runs left open, and what the service says of them.

Of a purchase that is sent, `asked` has the last answer: 0 for none, -1 if the service
has accepted the task, 1 if it did not know it while a request could still arrive, and
2 if it did not know it afterwards: it was never accepted.
"""

import sqlite3
from typing import Final

from rwcap.ledger.bought_fields import has_ambiguous_others
from rwcap.ledger.database.connection import Database
from rwcap.ledger.reservation import RequestKey
from rwcap.ledger.runs import Buyer

ARRIVAL_SECONDS: Final = 600
"""A request that the service does not know after this time will not arrive any more.

Proxies and queues can hold a request for a while after its sender ended. The time is
ten times the usual limit of proxies
(https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout).
"""
_IS_LATE: Final = "(opened <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?))"
_NOT_FOUND: Final = f"""
    UPDATE purchase SET
        state = iif(asked < 0 AND {_IS_LATE}, 'ambiguous', state),
        asked = iif(asked < 0, asked, 1 + {_IS_LATE})
    WHERE task_uuid = ? AND state = 'sent'
"""  # noqa: S608  # constants
_ABANDONED: Final = f"""
    SELECT task_uuid, owner FROM purchase INDEXED BY one_live_purchase
    WHERE state = 'sent' AND asked < 1 + {_IS_LATE} ORDER BY id
"""  # noqa: S608  # constants
_STATES: Final = """
    SELECT DISTINCT state FROM purchase
    WHERE image = ? AND request = (SELECT id FROM request WHERE digest = ?)
"""


class OpenPurchases:
    """The purchases without a known outcome."""

    def __init__(self, database: Database, run: Buyer) -> None:
        """Use `database`. `run` knows which processes still run."""
        self._database = database
        self._run = run

    def mark_not_found(self, task_uuid: str) -> None:
        """Note that the service does not know the task of a purchase.

        A purchase with a running owner is left alone: its request may just arrive. One
        of the last `ARRIVAL_SECONDS` (`asked` is 1) still counts for limits, and the
        service is asked once more. A later answer is final (`asked` is 2): the task did
        not arrive or, if it was accepted, its result is lost and it is ambiguous.
        """
        query = "SELECT owner FROM purchase WHERE task_uuid = ?"

        def statements(connection: sqlite3.Connection) -> None:
            (owner,) = connection.execute(query, (task_uuid,)).fetchone()
            if not self._is_alive(owner):
                late = f"-{ARRIVAL_SECONDS} seconds"
                connection.execute(_NOT_FOUND, (late, late, task_uuid))

        self._database.write(statements)

    def abandoned(self) -> list[str]:
        """Return the UUIDs of purchases in progress whose owner no longer runs.

        Purchases that the service does not know are left out: they are sent again,
        under the same UUID, when their caption is requested.
        """
        rows = self._database.read(_ABANDONED, f"-{ARRIVAL_SECONDS} seconds")
        return [task_uuid for task_uuid, owner in rows if not self._is_alive(owner)]

    def unsettled(self) -> list[tuple[str, bool]]:
        """Return all purchases without an outcome and without a running owner.

        Returns:
            The UUID of each purchase, and whether it is ambiguous, or was accepted.
        """
        rows = self._database.read(
            "SELECT task_uuid, state = 'ambiguous' OR asked < 0, owner"
            " FROM purchase INDEXED BY unsettled"
            " WHERE state IN ('sent', 'ambiguous') ORDER BY id"
        )
        return [
            (task_uuid, bool(is_ambiguous))
            for task_uuid, is_ambiguous, owner in rows
            if not self._is_alive(owner)
        ]

    def has_ambiguous(self, image: bytes, request: RequestKey, *, fresh: bool) -> bool:
        """Return whether a caption that is not known may have been charged.

        It does not if one of its purchases is sent: a run goes on with that.

        Args:
            image: The key of the image.
            request: The request.
            fresh: Whether fields that are bought with others do not count.
        """
        rows = self._database.read(_STATES, image, request.digest)
        states = {state for (state,) in rows}
        if "sent" in states:
            return False
        return "ambiguous" in states or (
            not fresh and has_ambiguous_others(self._database, image, request)
        )

    def _is_alive(self, owner: str | None) -> bool:
        return bool(owner and self._run.is_alive(owner))
