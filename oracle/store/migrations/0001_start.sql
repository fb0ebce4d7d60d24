-- One row: which chain and deployment this database speaks of.
CREATE TABLE identity (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    chain_id bigint NOT NULL,
    genesis text NOT NULL,
    deployment text NOT NULL
);

-- The last blocks that were read, newest first; the newest is the cursor, the others find the fork after a reorg.
CREATE TABLE blocks (
    number bigint PRIMARY KEY,
    hash text NOT NULL
);

-- Decoded events that belong to a job. A job's state is the fold over them, so undoing a block is a delete.
CREATE TABLE job_events (
    block bigint NOT NULL,
    log_index integer NOT NULL,
    job text NOT NULL,
    event text NOT NULL,
    PRIMARY KEY (block, log_index)
);
CREATE INDEX job_events_by_job ON job_events (job, block, log_index);

-- When to look at a job again, in the chain's time. An event sets `due` to 0; NULL waits for an event. A job that is
-- done stays until it is forgotten.
CREATE TABLE jobs (
    id text PRIMARY KEY,
    last_block bigint NOT NULL,
    due bigint,
    done boolean NOT NULL
);
CREATE INDEX jobs_due ON jobs (due, id) WHERE NOT done;

-- The next three are kept by job and subject: after a reorganisation the same id may name another request.

-- What this operator answers to a request. Written before it is submitted, and never replaced by something else.
CREATE TABLE results (
    job text NOT NULL,
    subject text NOT NULL,
    output bytea NOT NULL,
    PRIMARY KEY (job, subject)
);

-- What this watcher found out about a result.
CREATE TABLE verdicts (
    job text NOT NULL,
    subject text NOT NULL,
    verdict text NOT NULL,
    detail text NOT NULL,
    PRIMARY KEY (job, subject)
);

-- A wrong number that this watcher is about to prove. The salt must outlive a crash between commitment and proof.
CREATE TABLE accusations (
    job text NOT NULL,
    subject text NOT NULL,
    node integer NOT NULL,
    element text NOT NULL,
    proof bytea NOT NULL,
    salt text NOT NULL,
    PRIMARY KEY (job, subject)
);

-- Program roots that were checked on this host.
CREATE TABLE qualifications (
    version text PRIMARY KEY,
    host text NOT NULL,
    accepted boolean NOT NULL,
    reason text NOT NULL
);

-- Transactions by what they are for. A row exists before anything is sent; a signed transaction is written before it
-- leaves, so that after a crash the same bytes go out again and nothing is done twice.
CREATE TABLE outbox (
    intent text PRIMARY KEY,
    sequence bigserial NOT NULL,
    kind text NOT NULL,
    job text,
    target text NOT NULL,
    data bytea NOT NULL,
    value text NOT NULL,
    status text NOT NULL CHECK (status IN ('planned', 'sent', 'confirmed', 'refused')),
    nonce bigint,
    gas_limit bigint,
    attempts text NOT NULL DEFAULT '[]',
    gas_used bigint,
    hash text,
    block bigint,
    error text
);
CREATE INDEX outbox_by_status ON outbox (status, sequence);
CREATE INDEX outbox_by_job ON outbox (job);
