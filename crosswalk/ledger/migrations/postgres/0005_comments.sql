-- What readers were given, what they said of it, and what became of that. None
-- of it belongs to one run: a comment outlives the edition that it was made on.

CREATE TABLE comment_packs (
    seq  BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id   TEXT COLLATE "C" NOT NULL UNIQUE,
    run  TEXT NOT NULL, -- of another workspace, perhaps: hence no reference to runs
    body TEXT NOT NULL CHECK (body::json IS NOT NULL)
);

CREATE TABLE comments (
    seq  BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id   TEXT COLLATE "C" NOT NULL UNIQUE,
    pack TEXT COLLATE "C" NOT NULL REFERENCES comment_packs (id),
    at   TEXT NOT NULL,
    body TEXT NOT NULL CHECK (body::json IS NOT NULL)
);

CREATE TABLE comment_events (
    seq     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id      TEXT COLLATE "C" NOT NULL UNIQUE,
    comment TEXT COLLATE "C" NOT NULL REFERENCES comments (id),
    at      TEXT NOT NULL,
    body    TEXT NOT NULL CHECK (body::json IS NOT NULL)
);

CREATE TRIGGER comment_packs_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON comment_packs
EXECUTE FUNCTION concord_keep('packs of comments are never changed or deleted');

CREATE TRIGGER comments_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON comments
EXECUTE FUNCTION concord_keep('comments are never changed or deleted');

CREATE TRIGGER comment_events_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON comment_events
EXECUTE FUNCTION concord_keep('what became of comments is never changed or deleted');
