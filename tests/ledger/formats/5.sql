-- A ledger in format 5.
PRAGMA application_id = 1920426849;
PRAGMA user_version = 5;
BEGIN TRANSACTION;
CREATE TABLE day (day TEXT PRIMARY KEY, spent INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO "day" VALUES('2026-11-26',3900);
CREATE TABLE file (
        path BLOB PRIMARY KEY,
        size INTEGER NOT NULL,
        mtime INTEGER NOT NULL,
        inode INTEGER NOT NULL,
        image BLOB NOT NULL
    ) WITHOUT ROWID;
INSERT INTO "file" VALUES(X'2F70686F746F732F312E6A7067',10,20,30,X'0101010101010101010101010101010101010101010101010101010101010101');
CREATE TABLE folder (id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE);
INSERT INTO "folder" VALUES(0,X'');
INSERT INTO "folder" VALUES(1,X'2F70686F746F73');
CREATE TABLE lease (owner TEXT PRIMARY KEY, expires REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE ledger (
        commits INTEGER NOT NULL,
        purchases INTEGER NOT NULL,
        newest INTEGER NOT NULL,
        requests INTEGER NOT NULL,
        spent INTEGER NOT NULL
    );
INSERT INTO "ledger" VALUES(12,5,5,2,3900);
CREATE TABLE output (
        path BLOB PRIMARY KEY,
        source BLOB NOT NULL
    ) WITHOUT ROWID;
INSERT INTO "output" VALUES(X'2F70686F746F732F312E747874',X'2F70686F746F732F312E6A7067');
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
        asked INTEGER NOT NULL DEFAULT 0, day TEXT NOT NULL DEFAULT '', written INTEGER NOT NULL DEFAULT 0, replaced INTEGER NOT NULL DEFAULT 0, folder INTEGER NOT NULL DEFAULT 0,
        CHECK ((state = 'done') = (text IS NOT NULL))
    );
INSERT INTO "purchase" VALUES(1,'00000000-0000-0000-0000-000000000001',X'0101010101010101010101010101010101010101010101010101010101010101',1,X'2F70686F746F732F312E6A7067','done',2600,1300,'A harbour.',NULL,1,'2026-11-26T16:14:34.745Z','2026-11-26T16:14:34.746Z',1,NULL,0,'2026-11-26',1,0,1);
INSERT INTO "purchase" VALUES(2,'00000000-0000-0000-0000-000000000002',X'0202020202020202020202020202020202020202020202020202020202020202',2,X'2F70686F746F732F322E6A7067','done',2600,NULL,'A dog on a beach.',NULL,2,'2026-11-26T16:14:34.748Z','2026-11-26T16:14:34.748Z',1,NULL,0,'2026-11-26',0,0,1);
INSERT INTO "purchase" VALUES(3,'00000000-0000-0000-0000-000000000003',X'0303030303030303030303030303030303030303030303030303030303030303',1,X'2F70686F746F732F332E6A7067','failed',2600,NULL,NULL,'{"kind": "input", "code": "notAnImage", "message": "no image"}',1,'2026-11-26T16:14:34.748Z','2026-11-26T16:14:34.749Z',1,NULL,0,'2026-11-26',0,0,1);
INSERT INTO "purchase" VALUES(4,'00000000-0000-0000-0000-000000000004',X'0404040404040404040404040404040404040404040404040404040404040404',1,X'2F70686F746F732F342E6A7067','ambiguous',2600,NULL,NULL,'{"kind": "ambiguous", "code": "ambiguous", "message": "lost"}',5,'2026-11-26T16:14:34.749Z','2026-11-26T16:14:34.749Z',1,NULL,0,'2026-11-26',0,0,1);
INSERT INTO "purchase" VALUES(5,'00000000-0000-0000-0000-000000000005',X'0505050505050505050505050505050505050505050505050505050505050505',1,X'2F70686F746F732F352E6A7067','sent',2600,NULL,NULL,NULL,0,'2026-11-26T16:14:34.751Z',NULL,1,'96e4b04c-769e-4017-a227-ea8b9eb3259f',0,'2026-11-26',0,0,1);
CREATE TABLE request (
        id INTEGER PRIMARY KEY,
        digest BLOB NOT NULL UNIQUE,
        model TEXT NOT NULL,
        prompt TEXT
    , priced INTEGER NOT NULL DEFAULT 0, total INTEGER NOT NULL DEFAULT 0, squares INTEGER NOT NULL DEFAULT 0);
INSERT INTO "request" VALUES(1,X'F54386B0152AD06CFEFB71B098F79B6DB853A2F9295D3E3510DB0EADA5096B87','runware:152@1',NULL,1,1300,1690000);
INSERT INTO "request" VALUES(2,X'9A0C94933712CD477E6DD8021D474B0B9C03493E6EE2AEB0F97C9837DC75EEEB','runware:152@1','What?',0,0,0);
CREATE TABLE run (
        id INTEGER PRIMARY KEY,
        owner TEXT NOT NULL UNIQUE,
        version TEXT NOT NULL,
        command TEXT NOT NULL,
        started TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
        ended TEXT,
        exit_status INTEGER
    , spent INTEGER NOT NULL DEFAULT 0);
INSERT INTO "run" VALUES(1,'96e4b04c-769e-4017-a227-ea8b9eb3259f','0.1.0','rwcap batch photos','2026-11-26T16:14:34.745Z','2026-11-26T16:14:34.759Z',0,3900);
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
INSERT INTO "total" VALUES('2026-11-26',1,1,1,1,1300,0,1,0,0,0,0,1300,0);
INSERT INTO "total" VALUES('2026-11-26',1,2,1,1,0,1,0,1,0,0,0,2600,0);
CREATE INDEX purchase_of_image ON purchase (image, request);
CREATE UNIQUE INDEX one_live_purchase ON purchase (image, request)
        WHERE state = 'sent';
CREATE TRIGGER dated AFTER INSERT ON purchase WHEN NEW.day = '' BEGIN
        UPDATE purchase SET day = date('now', 'localtime') WHERE id = NEW.id;
    END;
CREATE INDEX unsettled ON purchase (state, day, run, asked, owner, reserved)
        WHERE state IN ('sent', 'ambiguous');
CREATE INDEX dear ON purchase (cost) WHERE cost > 2600;
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
COMMIT;
