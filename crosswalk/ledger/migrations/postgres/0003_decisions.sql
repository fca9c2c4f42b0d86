-- What people decided on the proposals of a run, one row a decision, in the
-- order in which they came in.

CREATE TABLE decisions (
    seq      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run      TEXT COLLATE "C" NOT NULL REFERENCES runs (id),
    id       TEXT COLLATE "C" NOT NULL,
    proposal TEXT COLLATE "C" NOT NULL, -- id; of a pair that was entered there is none in proposals
    reviewer TEXT NOT NULL CHECK (reviewer <> ''),
    action   TEXT NOT NULL CHECK (action IN ('accept', 'reject', 'correct', 'skip', 'undo', 'enter')),
    at       TEXT NOT NULL,
    body     TEXT NOT NULL CHECK (body::json IS NOT NULL),
    UNIQUE (run, id)
);

CREATE TRIGGER decisions_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON decisions
EXECUTE FUNCTION concord_keep('decisions are never changed or deleted');
