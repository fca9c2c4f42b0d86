-- Runs and what they read, what a judge said, and what was asked of models. Rows are added and
-- never changed, but for the two times of a run that are not known at its
-- start. Times are UTC with nine decimals, so that they sort as text; text that
-- is compared or sorted is so byte by byte.

-- Which migrations were applied, one row each. The table marks the schema as ours.
CREATE TABLE concord_ledger (
    version    INTEGER PRIMARY KEY,
    applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE runs (
    rowid         BIGINT GENERATED ALWAYS AS IDENTITY UNIQUE,
    id            TEXT COLLATE "C" PRIMARY KEY,
    started_at    TEXT COLLATE "C" NOT NULL,
    begun_at      TEXT COLLATE "C" NOT NULL, -- when it was begun or resumed last
    finished_at   TEXT COLLATE "C",          -- NULL while it runs, and after an interruption
    tool          TEXT NOT NULL,
    settings      TEXT NOT NULL CHECK (settings::json IS NOT NULL),
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
);

-- The frameworks as they were read, by digest, so that a run can be shown when
-- the files it was made from are gone.
CREATE TABLE frameworks (
    digest TEXT COLLATE "C" PRIMARY KEY,
    spec   TEXT NOT NULL,
    body   TEXT NOT NULL
);

-- One row a source that is done. seq keeps the order of recording.
CREATE TABLE coverage (
    seq        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run        TEXT COLLATE "C" NOT NULL REFERENCES runs (id),
    source     TEXT COLLATE "C" NOT NULL,
    outcome    TEXT NOT NULL CHECK (outcome IN ('mapped', 'no_relationship', 'not_judged', 'failed')),
    judged     BIGINT NOT NULL CHECK (judged >= 0),
    not_judged BIGINT NOT NULL CHECK (not_judged >= 0),
    sha256     TEXT NOT NULL, -- of the result with its proposals
    UNIQUE (run, source)
);

-- Proposals are inserted source by source and by rank, so seq is their order.
CREATE TABLE proposals (
    seq         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run         TEXT COLLATE "C" NOT NULL,
    id          TEXT COLLATE "C" NOT NULL,
    source      TEXT COLLATE "C" NOT NULL,
    target      TEXT NOT NULL,
    outcome     TEXT NOT NULL CHECK (outcome IN ('mapped', 'no_relationship', 'not_judged', 'failed')),
    probability DOUBLE PRECISION NOT NULL CHECK (probability BETWEEN 0 AND 1),
    body        TEXT NOT NULL,
    UNIQUE (run, id),
    FOREIGN KEY (run, source) REFERENCES coverage (run, source)
);

-- A call outlives the run that paid for it, and is kept even if nobody began
-- that run: hence no reference to runs. What was sent and received is in any
-- encoding.
CREATE TABLE calls (
    key               TEXT COLLATE "C" PRIMARY KEY,
    run               TEXT COLLATE "C" NOT NULL,
    model             TEXT NOT NULL,
    prompt            TEXT NOT NULL,
    request           BYTEA NOT NULL,
    answer            BYTEA NOT NULL,
    prompt_tokens     BIGINT NOT NULL,
    completion_tokens BIGINT NOT NULL,
    latency_ms        BIGINT NOT NULL,
    at                TEXT NOT NULL
);
CREATE INDEX calls_of_run ON calls (run);

-- concord_keep refuses what it is called for, with the message it is given.
CREATE FUNCTION concord_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER concord_ledger_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON concord_ledger
EXECUTE FUNCTION concord_keep('versions are never changed or deleted');

CREATE TRIGGER runs_keep_update BEFORE UPDATE OF
    rowid, id, started_at, tool, settings,
    source_spec, source_title, source_digest, source_sha256, source_origin,
    target_spec, target_title, target_digest, target_sha256, target_origin ON runs
EXECUTE FUNCTION concord_keep('runs keep what they were begun with');
CREATE TRIGGER runs_keep_delete BEFORE DELETE OR TRUNCATE ON runs
EXECUTE FUNCTION concord_keep('runs are never deleted');

CREATE TRIGGER frameworks_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON frameworks
EXECUTE FUNCTION concord_keep('frameworks are never changed or deleted');

CREATE TRIGGER coverage_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON coverage
EXECUTE FUNCTION concord_keep('coverage is never changed or deleted');

CREATE TRIGGER proposals_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON proposals
EXECUTE FUNCTION concord_keep('proposals are never changed or deleted');

CREATE TRIGGER calls_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON calls
EXECUTE FUNCTION concord_keep('calls are never changed or deleted');
