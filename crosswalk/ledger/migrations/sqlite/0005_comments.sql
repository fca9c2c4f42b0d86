-- What readers were given, what they said of it, and what became of that. None
-- of it belongs to one run: a comment outlives the edition that it was made on.

CREATE TABLE comment_packs (
    seq  INTEGER PRIMARY KEY,
    id   TEXT NOT NULL UNIQUE,
    run  TEXT NOT NULL, -- of another workspace, perhaps: hence no reference to runs
    body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;

CREATE TABLE comments (
    seq  INTEGER PRIMARY KEY,
    id   TEXT NOT NULL UNIQUE,
    pack TEXT NOT NULL REFERENCES comment_packs (id),
    at   TEXT NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;

CREATE TABLE comment_events (
    seq     INTEGER PRIMARY KEY,
    id      TEXT NOT NULL UNIQUE,
    comment TEXT NOT NULL REFERENCES comments (id),
    at      TEXT NOT NULL,
    body    TEXT NOT NULL CHECK (json_valid(body))
) STRICT;

CREATE TRIGGER comment_packs_keep_update BEFORE UPDATE ON comment_packs
BEGIN SELECT RAISE(ABORT, 'packs of comments are never changed'); END;
CREATE TRIGGER comment_packs_keep_delete BEFORE DELETE ON comment_packs
BEGIN SELECT RAISE(ABORT, 'packs of comments are never deleted'); END;

CREATE TRIGGER comments_keep_update BEFORE UPDATE ON comments
BEGIN SELECT RAISE(ABORT, 'comments are never changed'); END;
CREATE TRIGGER comments_keep_delete BEFORE DELETE ON comments
BEGIN SELECT RAISE(ABORT, 'comments are never deleted'); END;

CREATE TRIGGER comment_events_keep_update BEFORE UPDATE ON comment_events
BEGIN SELECT RAISE(ABORT, 'what became of comments is never changed'); END;
CREATE TRIGGER comment_events_keep_delete BEFORE DELETE ON comment_events
BEGIN SELECT RAISE(ABORT, 'what became of comments is never deleted'); END;
