"""The ledger's tables, indexes and triggers, as the steps from format to format."""

from typing import Final

# A purchase has the state `sent` before its request is sent. A unique index allows one
# such purchase for each image and request. Money is in micro-dollars.
MIGRATIONS: Final = (
    """
    CREATE TABLE run (
        id INTEGER PRIMARY KEY,
        owner TEXT NOT NULL UNIQUE,
        version TEXT NOT NULL,
        command TEXT NOT NULL,
        started TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
        ended TEXT,
        exit_status INTEGER
    );
    CREATE TABLE request (
        id INTEGER PRIMARY KEY,
        digest BLOB NOT NULL UNIQUE,
        model TEXT NOT NULL,
        prompt TEXT
    );
    CREATE TABLE purchase (
        id INTEGER PRIMARY KEY,
        task_uuid TEXT NOT NULL UNIQUE,
        image BLOB NOT NULL,
        request INTEGER NOT NULL REFERENCES request (id),
        source BLOB NOT NULL,
        state TEXT NOT NULL DEFAULT 'sent'
            CHECK (state IN ('sent', 'done', 'failed', 'ambiguous')),
        reserved INTEGER NOT NULL,
        cost INTEGER,
        text TEXT,
        error TEXT,
        attempts INTEGER NOT NULL DEFAULT 0,
        opened TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
        settled TEXT,
        run INTEGER NOT NULL REFERENCES run (id),
        owner TEXT,
        asked INTEGER NOT NULL DEFAULT 0,
        CHECK ((state = 'done') = (text IS NOT NULL))
    );
    CREATE INDEX purchase_of_image ON purchase (image, request);
    CREATE UNIQUE INDEX one_live_purchase ON purchase (image, request)
        WHERE state = 'sent';
    CREATE TABLE file (
        path BLOB PRIMARY KEY,
        size INTEGER NOT NULL,
        mtime INTEGER NOT NULL,
        inode INTEGER NOT NULL,
        image BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE output (
        path BLOB PRIMARY KEY,
        source BLOB NOT NULL
    ) WITHOUT ROWID;
    """,
    # The day of a purchase is in the local time zone at the time it was reserved. The
    # totals of each day, run and request are stored, because each purchase reads them
    # for limits and forecasts; a caption of unknown cost counts with its reservation.
    # Triggers maintain the totals, so they are right if an older rwcap writes. Captions
    # of older ledgers count as written, because version 0.1 did not store that. The
    # index `dear` finds the highest price: few prices are above that of the page.
    """
    ALTER TABLE purchase ADD COLUMN day TEXT NOT NULL DEFAULT '';
    ALTER TABLE purchase ADD COLUMN written INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE purchase ADD COLUMN replaced INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE run ADD COLUMN spent INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE request ADD COLUMN priced INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE request ADD COLUMN total INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE request ADD COLUMN squares INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE day (day TEXT PRIMARY KEY, spent INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE reuse (
        day TEXT NOT NULL,
        purchase INTEGER NOT NULL REFERENCES purchase (id),
        times INTEGER NOT NULL,
        PRIMARY KEY (day, purchase)
    ) WITHOUT ROWID;
    UPDATE purchase SET day = date(opened, 'localtime'), written = 1;
    UPDATE purchase SET replaced = 1 FROM (
        SELECT image, request, max(id) AS newest FROM purchase
        WHERE state = 'done' GROUP BY image, request
    ) AS kept
    WHERE purchase.image = kept.image AND purchase.request = kept.request
        AND purchase.id < kept.newest AND state = 'done';
    INSERT INTO day SELECT day, sum(coalesce(cost, reserved)) FROM purchase
        WHERE state = 'done' GROUP BY day;
    UPDATE run SET spent = sums.spent FROM (
        SELECT run AS id, sum(coalesce(cost, reserved)) AS spent FROM purchase
        WHERE state = 'done' GROUP BY run
    ) AS sums WHERE run.id = sums.id;
    UPDATE request SET priced = sums.priced, total = sums.total, squares = sums.squares
    FROM (
        SELECT request AS id, count(cost) AS priced, sum(cost) AS total,
            sum(cost * cost) AS squares
        FROM purchase WHERE cost IS NOT NULL GROUP BY request
    ) AS sums WHERE request.id = sums.id;
    CREATE TRIGGER dated AFTER INSERT ON purchase WHEN NEW.day = '' BEGIN
        UPDATE purchase SET day = date('now', 'localtime') WHERE id = NEW.id;
    END;
    CREATE TRIGGER booked AFTER UPDATE OF state ON purchase
    WHEN NEW.state = 'done' AND OLD.state != 'done' BEGIN
        INSERT INTO day VALUES (NEW.day, coalesce(NEW.cost, NEW.reserved))
            ON CONFLICT (day) DO UPDATE SET spent = spent + excluded.spent;
        UPDATE run SET spent = spent + coalesce(NEW.cost, NEW.reserved)
            WHERE id = NEW.run;
        UPDATE request SET priced = priced + 1, total = total + NEW.cost,
            squares = squares + NEW.cost * NEW.cost
            WHERE id = NEW.request AND NEW.cost IS NOT NULL;
        UPDATE purchase SET replaced = 1
            WHERE image = NEW.image AND request = NEW.request AND state = 'done'
                AND id < (
                    SELECT max(id) FROM purchase
                    WHERE image = NEW.image AND request = NEW.request
                        AND state = 'done'
                );
    END;
    CREATE INDEX unsettled ON purchase (state, day, run, asked, owner, reserved)
        WHERE state IN ('sent', 'ambiguous');
    CREATE INDEX dear ON purchase (cost) WHERE cost > 2600;
    CREATE INDEX statement ON purchase
        (day, state, run, request, cost, reserved, written, replaced);
    """,
    # Statements read the totals of settled purchases, so they take as long for a
    # million purchases as for a thousand. A total belongs to one day, run, request and
    # folder. Triggers maintain it; reuses are added by the process that reuses.
    # Folder 0 has the purchases of an older rwcap that still runs after the upgrade.
    """
    CREATE TABLE folder (id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE);
    INSERT INTO folder VALUES (0, x'');
    ALTER TABLE purchase ADD COLUMN folder INTEGER NOT NULL DEFAULT 0;
    INSERT OR IGNORE INTO folder (path) SELECT folder(source) FROM purchase;
    UPDATE purchase SET folder = (SELECT id FROM folder WHERE path = folder(source));
    CREATE TABLE total (
        day TEXT NOT NULL,
        run INTEGER NOT NULL REFERENCES run (id),
        request INTEGER NOT NULL REFERENCES request (id),
        folder INTEGER NOT NULL REFERENCES folder (id),
        captions INTEGER NOT NULL DEFAULT 0,
        spent INTEGER NOT NULL DEFAULT 0,
        unknown INTEGER NOT NULL DEFAULT 0,
        failed INTEGER NOT NULL DEFAULT 0,
        wasted INTEGER NOT NULL DEFAULT 0,
        wasted_cost INTEGER NOT NULL DEFAULT 0,
        reused INTEGER NOT NULL DEFAULT 0,
        saved INTEGER NOT NULL DEFAULT 0,
        counted INTEGER NOT NULL DEFAULT 0,
        above INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (day, run, request, folder)
    ) WITHOUT ROWID;
    INSERT INTO total SELECT
        day, run, request, folder,
        sum(state = 'done'), coalesce(sum(cost), 0),
        sum(state = 'done' AND cost IS NULL),
        sum(state = 'failed'),
        sum(state = 'done' AND (NOT written OR replaced)),
        coalesce(sum(cost * (NOT written OR replaced)), 0),
        0, 0,
        sum(CASE state WHEN 'done' THEN coalesce(cost, reserved) ELSE 0 END),
        coalesce(sum(cost > reserved), 0)
        FROM purchase WHERE state IN ('done', 'failed') GROUP BY 1, 2, 3, 4;
    INSERT INTO total (day, run, request, folder, reused, saved)
        SELECT reuse.day, run, request, folder, times, times * coalesce(cost, 0)
        FROM reuse JOIN purchase ON purchase.id = purchase
        WHERE true
        ON CONFLICT DO UPDATE SET
            reused = reused + excluded.reused, saved = saved + excluded.saved;
    DROP TABLE reuse;
    DROP INDEX statement;
    DROP TRIGGER booked;
    CREATE TRIGGER booked AFTER UPDATE OF state ON purchase
    WHEN NEW.state = 'done' AND OLD.state != 'done' BEGIN
        INSERT INTO day VALUES (NEW.day, coalesce(NEW.cost, NEW.reserved))
            ON CONFLICT DO UPDATE SET spent = spent + excluded.spent;
        UPDATE run SET spent = spent + coalesce(NEW.cost, NEW.reserved)
            WHERE id = NEW.run;
        UPDATE request SET priced = priced + 1, total = total + NEW.cost,
            squares = squares + NEW.cost * NEW.cost
            WHERE id = NEW.request AND NEW.cost IS NOT NULL;
        INSERT INTO total
            (day, run, request, folder, captions, spent, unknown, wasted, wasted_cost,
                counted, above)
            VALUES (
                NEW.day, NEW.run, NEW.request, NEW.folder,
                1, coalesce(NEW.cost, 0), NEW.cost IS NULL, 1, coalesce(NEW.cost, 0),
                coalesce(NEW.cost, NEW.reserved), coalesce(NEW.cost > NEW.reserved, 0)
            )
            ON CONFLICT DO UPDATE SET
                captions = captions + 1, spent = spent + excluded.spent,
                unknown = unknown + excluded.unknown, wasted = wasted + 1,
                wasted_cost = wasted_cost + excluded.wasted_cost,
                counted = counted + excluded.counted, above = above + excluded.above;
        UPDATE purchase SET replaced = 1
            WHERE image = NEW.image AND request = NEW.request AND state = 'done'
                AND id < (
                    SELECT max(id) FROM purchase
                    WHERE image = NEW.image AND request = NEW.request
                        AND state = 'done'
                );
    END;
    CREATE TRIGGER failed AFTER UPDATE OF state ON purchase
    WHEN NEW.state = 'failed' AND OLD.state != 'failed' BEGIN
        INSERT INTO total (day, run, request, folder, failed)
            VALUES (NEW.day, NEW.run, NEW.request, NEW.folder, 1)
            ON CONFLICT DO UPDATE SET failed = failed + 1;
    END;
    CREATE TRIGGER delivered AFTER UPDATE OF written, replaced ON purchase
    WHEN NEW.state = 'done' AND OLD.state = 'done' BEGIN
        UPDATE total SET
            wasted = wasted + (NOT NEW.written OR NEW.replaced)
                - (NOT OLD.written OR OLD.replaced),
            wasted_cost = wasted_cost + coalesce(NEW.cost, 0) * (
                (NOT NEW.written OR NEW.replaced) - (NOT OLD.written OR OLD.replaced)
            )
            WHERE day = NEW.day AND run = NEW.run AND request = NEW.request
                AND folder = NEW.folder;
    END;
    """,
    # The counts show damage that SQLite does not see: a page, or the whole file, that
    # is an older copy of itself. `commits` is the number of transactions, `newest` the
    # highest id of a purchase, `spent` the sum of all days.
    """
    CREATE TABLE ledger (
        commits INTEGER NOT NULL,
        purchases INTEGER NOT NULL,
        newest INTEGER NOT NULL,
        requests INTEGER NOT NULL,
        spent INTEGER NOT NULL
    );
    INSERT INTO ledger SELECT
        0, count(*), coalesce(max(id), 0), (SELECT count(*) FROM request),
        (SELECT coalesce(sum(spent), 0) FROM day)
        FROM purchase;
    CREATE TRIGGER counted AFTER INSERT ON purchase BEGIN
        UPDATE ledger SET purchases = purchases + 1, newest = max(newest, NEW.id);
    END;
    CREATE TRIGGER cancelled AFTER DELETE ON purchase BEGIN
        UPDATE ledger SET
            purchases = purchases - 1,
            newest = (SELECT coalesce(max(id), 0) FROM purchase);
    END;
    CREATE TRIGGER asked AFTER INSERT ON request BEGIN
        UPDATE ledger SET requests = requests + 1;
    END;
    CREATE TRIGGER spent AFTER UPDATE OF state ON purchase
    WHEN NEW.state = 'done' AND OLD.state != 'done' BEGIN
        UPDATE ledger SET spent = spent + coalesce(NEW.cost, NEW.reserved);
    END;
    """,
    # A worker on another machine cannot hold a lock of this one. It owns its purchases
    # until its lease expires. Times are Julian days, by the clock of this machine.
    """
    CREATE TABLE lease (owner TEXT PRIMARY KEY, expires REAL NOT NULL) WITHOUT ROWID;
    """,
)
"""The migration at index n upgrades a ledger from version n to n + 1."""
