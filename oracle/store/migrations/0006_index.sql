-- What the daemon's API tells of the whole deployment (api.index): every event, and what follows from them.

-- As the table blocks, of a cursor of its own.
CREATE TABLE index_blocks (
    number bigint PRIMARY KEY,
    hash text NOT NULL
);

-- A row without log_index says that the events of all later blocks that stood before it were undone. `fields` and `long_fields`
-- are JSON; the long ones are left out of lists.
CREATE TABLE index_events (
    sequence bigserial PRIMARY KEY,
    block bigint NOT NULL,
    log_index integer,
    time bigint NOT NULL,
    transaction text,
    emitter text,
    name text NOT NULL,
    subject text,
    fields text NOT NULL,
    long_fields text NOT NULL,
    UNIQUE (block, log_index)
);
CREATE INDEX index_events_by_subject ON index_events (subject, sequence);
CREATE INDEX index_events_by_emitter ON index_events (emitter, sequence);

-- Models, versions and operators: `entity` is the fold over the events of one, as JSON. `parent` is a version's model.
CREATE TABLE index_entities (
    kind text NOT NULL,
    id text NOT NULL,
    sequence bigint NOT NULL,
    parent text,
    entity text NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE INDEX index_entities_in_order ON index_entities (kind, sequence);
CREATE INDEX index_entities_of_parent ON index_entities (parent, sequence) WHERE parent IS NOT NULL;

-- Jobs: the same, with what lists are filtered by. `dispute` is the sequence number of the first challenge.
CREATE TABLE index_jobs (
    id text PRIMARY KEY,
    sequence bigint NOT NULL,
    status text NOT NULL,
    version text NOT NULL,
    model text,
    operator text,
    requester text NOT NULL,
    dispute bigint,
    entity text NOT NULL
);
-- One for every list that can be asked for, so that none looks at rows that it does not give.
CREATE INDEX index_jobs_in_order ON index_jobs (sequence);
CREATE INDEX index_jobs_by_status ON index_jobs (status, sequence);
CREATE INDEX index_jobs_by_version ON index_jobs (version, sequence);
CREATE INDEX index_jobs_by_version_and_status ON index_jobs (version, status, sequence);
CREATE INDEX index_jobs_by_model ON index_jobs (model, sequence);
CREATE INDEX index_jobs_by_model_and_status ON index_jobs (model, status, sequence);
CREATE INDEX index_jobs_by_operator ON index_jobs (operator, sequence);
CREATE INDEX index_jobs_by_operator_and_status ON index_jobs (operator, status, sequence);
CREATE INDEX index_jobs_by_requester ON index_jobs (requester, sequence);
CREATE INDEX index_jobs_by_requester_and_status ON index_jobs (requester, status, sequence);
CREATE INDEX index_disputes_in_order ON index_jobs (dispute) WHERE dispute IS NOT NULL;
CREATE INDEX index_disputes_by_operator ON index_jobs (operator, dispute) WHERE dispute IS NOT NULL;
CREATE INDEX index_disputes_open ON index_jobs (dispute) WHERE status = 'Challenged';

-- How many jobs of a version, a model, an operator, or of all ('') have a status, and their fees in base units of OPG.
CREATE TABLE index_tallies (
    subject text NOT NULL,
    status text NOT NULL,
    jobs bigint NOT NULL,
    fees numeric NOT NULL,
    PRIMARY KEY (subject, status)
);
