-- Runs and what they read, what a judge said, and what was asked of models. Rows are added and
-- never changed, but for the two times of a run that are not known at its
-- start. Times are UTC with nine decimals, so that they sort as text.

CREATE TABLE runs (
    id            TEXT PRIMARY KEY,
    started_at    TEXT NOT NULL,
    begun_at      TEXT NOT NULL, -- when it was begun or resumed last
    finished_at   TEXT,          -- NULL while it runs, and after an interruption
    tool          TEXT NOT NULL,
    settings      TEXT NOT NULL CHECK (json_valid(settings)),
    source_spec   TEXT NOT NULL,
    source_title  TEXT NOT NULL,
    source_digest TEXT NOT NULL,
    source_sha256 TEXT NOT NULL,
    source_origin TEXT NOT NULL,
    target_spec   TEXT NOT NULL,
    target_title  TEXT NOT NULL,
    target_digest TEXT NOT NULL,
    target_sha256 TEXT NOT NULL,
    target_origin TEXT NOT NULL
) STRICT;

-- The frameworks as they were read, by digest, so that a run can be shown when
-- the files it was made from are gone.
CREATE TABLE frameworks (
    digest TEXT PRIMARY KEY,
    spec   TEXT NOT NULL,
    body   TEXT NOT NULL
) STRICT;

-- One row a source that is done. seq keeps the order of recording.
CREATE TABLE coverage (
    seq        INTEGER PRIMARY KEY,
    run        TEXT NOT NULL REFERENCES runs (id),
    source     TEXT NOT NULL,
    outcome    TEXT NOT NULL CHECK (outcome IN ('mapped', 'no_relationship', 'not_judged', 'failed')),
    judged     INTEGER NOT NULL CHECK (judged >= 0),
    not_judged INTEGER NOT NULL CHECK (not_judged >= 0),
    sha256     TEXT NOT NULL, -- of the result with its proposals
    UNIQUE (run, source)
) STRICT;

-- Proposals are inserted source by source and by rank, so seq is their order.
CREATE TABLE proposals (
    seq         INTEGER PRIMARY KEY,
    run         TEXT NOT NULL,
    id          TEXT NOT NULL,
    source      TEXT NOT NULL,
    target      TEXT NOT NULL,
    outcome     TEXT NOT NULL CHECK (outcome IN ('mapped', 'no_relationship', 'not_judged', 'failed')),
    probability REAL NOT NULL CHECK (probability BETWEEN 0 AND 1),
    body        TEXT NOT NULL,
    UNIQUE (run, id),
    FOREIGN KEY (run, source) REFERENCES coverage (run, source)
) STRICT;
CREATE INDEX proposals_of_run ON proposals (run);

-- A call outlives the run that paid for it, and is kept even if nobody began
-- that run: hence no reference to runs.
CREATE TABLE calls (
    key               TEXT PRIMARY KEY,
    run               TEXT NOT NULL,
    model             TEXT NOT NULL,
    prompt            TEXT NOT NULL,
    request           TEXT NOT NULL,
    answer            TEXT NOT NULL,
    prompt_tokens     INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    latency_ms        INTEGER NOT NULL,
    at                TEXT NOT NULL
) STRICT;

CREATE TRIGGER runs_keep_update BEFORE UPDATE OF
    id, started_at, tool, settings,
    source_spec, source_title, source_digest, source_sha256, source_origin,
    target_spec, target_title, target_digest, target_sha256, target_origin ON runs
BEGIN SELECT RAISE(ABORT, 'runs keep what they were begun with'); END;
CREATE TRIGGER runs_keep_delete BEFORE DELETE ON runs
BEGIN SELECT RAISE(ABORT, 'runs are never deleted'); END;

CREATE TRIGGER frameworks_keep_update BEFORE UPDATE ON frameworks
BEGIN SELECT RAISE(ABORT, 'frameworks are never changed'); END;
CREATE TRIGGER frameworks_keep_delete BEFORE DELETE ON frameworks
BEGIN SELECT RAISE(ABORT, 'frameworks are never deleted'); END;

CREATE TRIGGER coverage_keep_update BEFORE UPDATE ON coverage
BEGIN SELECT RAISE(ABORT, 'coverage is never changed'); END;
CREATE TRIGGER coverage_keep_delete BEFORE DELETE ON coverage
BEGIN SELECT RAISE(ABORT, 'coverage is never deleted'); END;

CREATE TRIGGER proposals_keep_update BEFORE UPDATE ON proposals
BEGIN SELECT RAISE(ABORT, 'proposals are never changed'); END;
CREATE TRIGGER proposals_keep_delete BEFORE DELETE ON proposals
BEGIN SELECT RAISE(ABORT, 'proposals are never deleted'); END;

CREATE TRIGGER calls_keep_update BEFORE UPDATE ON calls
BEGIN SELECT RAISE(ABORT, 'calls are never changed'); END;
CREATE TRIGGER calls_keep_delete BEFORE DELETE ON calls
BEGIN SELECT RAISE(ABORT, 'calls are never deleted'); END;
