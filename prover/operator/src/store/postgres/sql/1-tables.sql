-- What a queue keeps. Only services read and write these tables: workers have the functions of the schema hallmark_work.
--
-- Times are milliseconds of millis(). What the program has as u64 is at most 2^63 - 1 here, which no chain reaches.

CREATE SCHEMA hallmark;

-- The time. It is the database's own, so that the clocks of services and workers do not matter.
CREATE FUNCTION hallmark.millis() RETURNS bigint LANGUAGE sql VOLATILE
    AS $$ SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint $$;

-- Which market the jobs are of, who is paid, how far the chain was read, and the transaction under way.
CREATE TABLE hallmark.venue (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    chain bigint NOT NULL,
    market bytea NOT NULL CHECK (octet_length(market) = 20),
    payee bytea NOT NULL CHECK (octet_length(payee) = 20),
    cursor bigint,
    submission bytea
);

-- The service that leads. Its epoch fences: every change by a service names it, and holds it until the change is done. The epoch
-- is the key, so that a change does not wait for a heartbeat of its own service, and a new leader waits for all changes of the old.
CREATE TABLE hallmark.leader (
    epoch bigint PRIMARY KEY,
    name text NOT NULL,
    expires bigint NOT NULL,
    one boolean NOT NULL DEFAULT true UNIQUE CHECK (one)
);
INSERT INTO hallmark.leader (epoch, name, expires) VALUES (0, '', 0);

CREATE TABLE hallmark.jobs (
    id bytea PRIMARY KEY CHECK (octet_length(id) = 32),
    block bigint NOT NULL,
    event bigint NOT NULL,
    model bytea NOT NULL CHECK (octet_length(model) = 32),
    context bytea NOT NULL CHECK (octet_length(context) = 32),
    deadline bigint NOT NULL,
    fee numeric(39) NOT NULL,
    urgency bigint NOT NULL,
    goes_alone boolean NOT NULL,
    attempts integer NOT NULL,
    failures integer NOT NULL,
    held_until bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('awaiting input', 'waiting', 'ready', 'leased', 'proved', 'submitted', 'settled', 'lost',
        'expired', 'refused', 'dead')),
    lease bigint,
    input_hash bytea,
    verdict_block bigint,
    verdict_hash bytea,
    reason text,
    is_done boolean NOT NULL,
    CHECK ((state = 'leased') = (lease IS NOT NULL)),
    CHECK (state <> 'awaiting input' OR octet_length(input_hash) = 32),
    CHECK (state NOT IN ('settled', 'lost') OR (verdict_block IS NOT NULL AND octet_length(verdict_hash) = 32))
);
CREATE INDEX jobs_by_urgency ON hallmark.jobs (state, urgency, block, event, id) WHERE NOT is_done AND held_until = 0;
CREATE INDEX jobs_by_place ON hallmark.jobs (block, event, id) WHERE state = 'awaiting input' AND NOT is_done;
CREATE INDEX jobs_held ON hallmark.jobs (held_until) WHERE held_until > 0;
CREATE INDEX jobs_by_verdict ON hallmark.jobs (verdict_block) WHERE state IN ('settled', 'lost') AND NOT is_done;
CREATE INDEX jobs_dead ON hallmark.jobs (deadline, id) WHERE state = 'dead' AND NOT is_done;
CREATE INDEX jobs_done ON hallmark.jobs (block, event, id) WHERE is_done;
CREATE INDEX jobs_by_lease ON hallmark.jobs (lease) WHERE lease IS NOT NULL;

-- What jobs that are not done take.
CREATE TABLE hallmark.inputs (
    id bytea PRIMARY KEY REFERENCES hallmark.jobs ON DELETE CASCADE,
    input bytea NOT NULL
);

-- What workers may take: a job alone, or a group that one proof answers.
CREATE TABLE hallmark.offers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model bytea NOT NULL,
    size integer NOT NULL,
    jobs bytea[] NOT NULL,
    urgency bigint NOT NULL,
    block bigint NOT NULL,
    event bigint NOT NULL
);

CREATE TABLE hallmark.leases (
    token bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    worker text NOT NULL,
    expires bigint NOT NULL,
    size integer NOT NULL,
    jobs bytea[] NOT NULL
);

-- The workers that asked for jobs, and when they last did.
CREATE TABLE hallmark.workers (
    name text PRIMARY KEY,
    seen bigint NOT NULL
);

-- The batches, by the token of the lease under which they were proved. A batch is kept as long as it answers a job.
CREATE TABLE hallmark.batches (
    token bigint PRIMARY KEY,
    size integer NOT NULL,
    proof bytea NOT NULL
);
CREATE TABLE hallmark.members (
    token bigint NOT NULL REFERENCES hallmark.batches ON DELETE CASCADE,
    position integer NOT NULL,
    id bytea NOT NULL,
    input bytea NOT NULL,
    output bytea NOT NULL,
    PRIMARY KEY (token, position)
);

-- The answers: with a proof of their own, or in a batch.
CREATE TABLE hallmark.answers (
    id bytea PRIMARY KEY REFERENCES hallmark.jobs ON DELETE CASCADE,
    output bytea,
    proof bytea,
    batch bigint REFERENCES hallmark.batches,
    CHECK ((batch IS NULL) = (proof IS NOT NULL)),
    CHECK ((batch IS NULL) = (output IS NOT NULL))
);
CREATE INDEX answers_by_batch ON hallmark.answers (batch) WHERE batch IS NOT NULL;
