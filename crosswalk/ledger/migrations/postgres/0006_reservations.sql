-- Who has which pair open, so that two people do not do the same work. No part of
-- the record: rows are changed and deleted, and none is copied. Hence unlogged: a
-- commit waits for no disk, and a server that crashes forgets them.

CREATE UNLOGGED TABLE reservations (
    run      TEXT COLLATE "C" NOT NULL,
    proposal TEXT COLLATE "C" NOT NULL,
    reviewer TEXT COLLATE "C" NOT NULL,
    ends     BIGINT NOT NULL, -- milliseconds of Unix, by the clock of the server
    PRIMARY KEY (run, proposal)
);
