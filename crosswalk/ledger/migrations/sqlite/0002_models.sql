-- What a judge may have missed, what a model had read before, and how people
-- use the relations.

ALTER TABLE coverage ADD COLUMN missed REAL NOT NULL DEFAULT 0; -- links expected among the targets nobody judged
ALTER TABLE calls ADD COLUMN cached_tokens INTEGER NOT NULL DEFAULT 0; -- of the prompt tokens

-- Every version of a convention, the last one of a name in force.
CREATE TABLE conventions (
    seq    INTEGER PRIMARY KEY,
    name   TEXT NOT NULL,
    sha256 TEXT NOT NULL, -- of the body
    body   TEXT NOT NULL CHECK (json_valid(body)),
    at     TEXT NOT NULL
) STRICT;
CREATE INDEX conventions_of_name ON conventions (name);

CREATE TRIGGER conventions_keep_update BEFORE UPDATE ON conventions
BEGIN SELECT RAISE(ABORT, 'conventions are never changed'); END;
CREATE TRIGGER conventions_keep_delete BEFORE DELETE ON conventions
BEGIN SELECT RAISE(ABORT, 'conventions are never deleted'); END;
