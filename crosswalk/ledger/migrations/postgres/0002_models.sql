-- What a judge may have missed, what a model had read before, and how people
-- use the relations.

ALTER TABLE coverage ADD COLUMN missed DOUBLE PRECISION NOT NULL DEFAULT 0 CHECK (missed <> 'NaN'); -- links expected among the targets nobody judged
ALTER TABLE calls ADD COLUMN cached_tokens BIGINT NOT NULL DEFAULT 0; -- of the prompt tokens

-- Every version of a convention, the last one of a name in force.
CREATE TABLE conventions (
    seq    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name   TEXT COLLATE "C" NOT NULL,
    sha256 TEXT NOT NULL, -- of the body
    body   TEXT NOT NULL CHECK (body::json IS NOT NULL),
    at     TEXT NOT NULL
);
CREATE INDEX conventions_of_name ON conventions (name);

CREATE TRIGGER conventions_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON conventions
EXECUTE FUNCTION concord_keep('conventions are never changed or deleted');
