-- Who has which pair open, so that two people do not do the same work. No part of
-- the record: rows are changed and deleted, and none is copied.

CREATE TABLE reservations (
    run      TEXT NOT NULL,
    proposal TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    ends     INTEGER NOT NULL, -- milliseconds of Unix, by the clock of the machine
    PRIMARY KEY (run, proposal)
) STRICT, WITHOUT ROWID;
