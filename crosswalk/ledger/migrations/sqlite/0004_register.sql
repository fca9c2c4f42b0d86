-- What became of the gaps, one row an event, in the order in which they came
-- in. A gap outlives its runs: hence no reference to them.

CREATE TABLE gap_events (
    seq  INTEGER PRIMARY KEY,
    id   TEXT NOT NULL UNIQUE,
    gap  TEXT NOT NULL CHECK (gap <> ''),
    by   TEXT NOT NULL CHECK (by <> ''),
    run  TEXT NOT NULL, -- that was folded in; empty for what a person put down
    at   TEXT NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
CREATE INDEX gap_events_of_gap ON gap_events (gap);

CREATE TRIGGER gap_events_keep_update BEFORE UPDATE ON gap_events
BEGIN SELECT RAISE(ABORT, 'gap events are never changed'); END;
CREATE TRIGGER gap_events_keep_delete BEFORE DELETE ON gap_events
BEGIN SELECT RAISE(ABORT, 'gap events are never deleted'); END;
