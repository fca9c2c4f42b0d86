-- What became of the gaps, one row an event, in the order in which they came
-- in. A gap outlives its runs: hence no reference to them.

CREATE TABLE gap_events (
    seq  BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id   TEXT COLLATE "C" NOT NULL UNIQUE,
    gap  TEXT COLLATE "C" NOT NULL CHECK (gap <> ''),
    by   TEXT NOT NULL CHECK (by <> ''),
    run  TEXT NOT NULL, -- that was folded in; empty for what a person put down
    at   TEXT NOT NULL,
    body TEXT NOT NULL CHECK (body::json IS NOT NULL)
);
CREATE INDEX gap_events_of_gap ON gap_events (gap);

CREATE TRIGGER gap_events_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON gap_events
EXECUTE FUNCTION concord_keep('gap events are never changed or deleted');
