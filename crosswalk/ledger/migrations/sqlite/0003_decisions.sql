-- What people decided on the proposals of a run, one row a decision, in the
-- order in which they came in.

CREATE TABLE decisions (
    seq      INTEGER PRIMARY KEY,
    run      TEXT NOT NULL REFERENCES runs (id),
    id       TEXT NOT NULL,
    proposal TEXT NOT NULL, -- id; of a pair that was entered there is none in proposals
    reviewer TEXT NOT NULL CHECK (reviewer <> ''),
    action   TEXT NOT NULL CHECK (action IN ('accept', 'reject', 'correct', 'skip', 'undo', 'enter')),
    at       TEXT NOT NULL,
    body     TEXT NOT NULL CHECK (json_valid(body)),
    UNIQUE (run, id)
) STRICT;

CREATE TRIGGER decisions_keep_update BEFORE UPDATE ON decisions
BEGIN SELECT RAISE(ABORT, 'decisions are never changed'); END;
CREATE TRIGGER decisions_keep_delete BEFORE DELETE ON decisions
BEGIN SELECT RAISE(ABORT, 'decisions are never deleted'); END;
