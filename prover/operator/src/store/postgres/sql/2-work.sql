-- What workers may do, and no more: these functions run with the rights of who made them. A role of workers gets
-- `GRANT USAGE ON SCHEMA hallmark_work`. None of them takes a job's state from a worker, so the worst is a wasted lease.
--
-- Locks are taken in one order everywhere: offers, leases, jobs by their ids, answers.

CREATE SCHEMA hallmark_work;

-- How long a job is left alone that has failed so often: a second, and twice as long each time, up to five minutes.
CREATE FUNCTION hallmark.delay(attempts integer) RETURNS bigint LANGUAGE sql IMMUTABLE
    AS $$ SELECT least(300000, 1000 * (1::bigint << least(greatest(attempts - 1, 0), 16))) $$;

-- Jobs have failed to be proved, for this reason. The eighth failure makes a dead letter.
CREATE FUNCTION hallmark.fail_jobs(ids bytea[], why text, spares_first boolean) RETURNS void LANGUAGE sql AS $$
    UPDATE hallmark.jobs SET
        attempts = attempts + 1,
        lease = NULL,
        state = CASE WHEN attempts + 1 >= 8 THEN 'dead' ELSE 'waiting' END,
        reason = CASE WHEN attempts + 1 >= 8 THEN left(why, 1000) END,
        held_until = CASE WHEN attempts + 1 >= 8 OR (spares_first AND attempts = 0) THEN 0
            ELSE hallmark.millis() + hallmark.delay(attempts + 1) END
    WHERE id = ANY (ids)
$$;

-- Forgets answers, and a batch with the last one.
CREATE FUNCTION hallmark.drop_answers(ids bytea[]) RETURNS void LANGUAGE sql AS $$
    WITH gone AS (DELETE FROM hallmark.answers WHERE id = ANY (ids) RETURNING batch)
    DELETE FROM hallmark.batches b WHERE b.token IN (SELECT batch FROM gone)
        AND NOT EXISTS (SELECT FROM hallmark.answers a WHERE a.batch = b.token AND a.id <> ALL (ids))
$$;

-- Whether a lease is in force, and is this worker's. It can't end until the transaction does.
CREATE FUNCTION hallmark.holds(held bigint, who text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM hallmark.leases WHERE token = held AND worker = who FOR UPDATE;
    RETURN FOUND;
END $$;

-- Ends a lease, and returns the jobs that are still under it.
CREATE FUNCTION hallmark.end_lease(ended bigint) RETURNS bytea[] LANGUAGE plpgsql AS $$
DECLARE
    ids bytea[];
BEGIN
    DELETE FROM hallmark.leases WHERE token = ended;
    SELECT coalesce(array_agg(locked.id), '{}') INTO ids
        FROM (SELECT id FROM hallmark.jobs WHERE lease = ended ORDER BY id FOR UPDATE) locked;
    RETURN ids;
END $$;

-- Ends the leases whose time is over. Jobs that had not failed before are tried again at once.
CREATE FUNCTION hallmark.end_silent() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    silent record;
    any_ended boolean := false;
BEGIN
    FOR silent IN SELECT token, worker FROM hallmark.leases WHERE expires <= hallmark.millis()
        ORDER BY token FOR UPDATE SKIP LOCKED LOOP
        PERFORM hallmark.fail_jobs(hallmark.end_lease(silent.token),
            'its worker ' || silent.worker || ' was not heard of any more', true);
        any_ended := true;
    END LOOP;
    IF any_ended THEN
        PERFORM pg_notify('hallmark_answers', '');
    END IF;
END $$;

-- Jobs have these answers now. Jobs of the same lease without one have failed.
CREATE FUNCTION hallmark.deliver(ours bytea[], answered bytea[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE hallmark.jobs SET state = 'proved', lease = NULL WHERE id = ANY (answered);
    PERFORM hallmark.fail_jobs(array(SELECT unnest(ours) EXCEPT SELECT unnest(answered)), 'its worker delivered no answer', false);
    PERFORM pg_notify('hallmark_answers', '');
END $$;

-- The most bytes of an answer. A transaction has no more, so no longer one could be settled.
CREATE FUNCTION hallmark.most_bytes() RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT 131072 $$;

-- Workers that call the functions in another way are of another version.
CREATE FUNCTION hallmark_work.version() RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT 1 $$;

CREATE FUNCTION hallmark_work.venue(OUT chain bigint, OUT market bytea, OUT payee bytea) RETURNS SETOF record
    LANGUAGE sql SECURITY DEFINER SET search_path = hallmark, pg_temp
    AS $$ SELECT chain, market, payee FROM hallmark.venue $$;

-- Takes the most urgent offer for one of these models under a new lease: a row for each job.
CREATE FUNCTION hallmark_work.claim(who text, models bytea[], most integer, term bigint)
    RETURNS TABLE (token bigint, model bytea, size integer, id bytea, context bytea, input bytea)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = hallmark, pg_temp AS $$
#variable_conflict use_column
DECLARE
    taken hallmark.offers;
    others bytea[];
    given bigint;
    ready bytea[];
BEGIN
    IF length(who) > 200 THEN
        RAISE EXCEPTION 'a worker''s name has 200 letters at most';
    END IF;
    -- One that asks again and again is written down now and then.
    INSERT INTO hallmark.workers AS known (name, seen) VALUES (who, hallmark.millis())
        ON CONFLICT (name) DO UPDATE SET seen = excluded.seen WHERE known.seen < excluded.seen - 10000;
    PERFORM hallmark.end_silent();
    LOOP
        SELECT * INTO taken FROM hallmark.offers o WHERE o.model = ANY (models)
            ORDER BY o.urgency, o.block, o.event, o.id LIMIT 1 FOR UPDATE SKIP LOCKED;
        IF NOT FOUND THEN
            RETURN;
        END IF;
        DELETE FROM hallmark.offers o WHERE o.id = taken.id;
        IF taken.size = 1 AND most > 1 THEN
            WITH more AS (
                SELECT o.id FROM hallmark.offers o WHERE o.model = taken.model AND o.size = 1
                    ORDER BY o.urgency, o.block, o.event, o.id LIMIT least(most, 64) - 1 FOR UPDATE SKIP LOCKED
            ), gone AS (
                DELETE FROM hallmark.offers o USING more WHERE o.id = more.id RETURNING o.*
            )
            SELECT coalesce(array_agg(gone.jobs[1] ORDER BY gone.urgency, gone.block, gone.event, gone.id), '{}')
                INTO others FROM gone;
            taken.jobs := taken.jobs || others;
        END IF;
        SELECT coalesce(array_agg(locked.id), '{}') INTO ready
            FROM (SELECT j.id FROM hallmark.jobs j WHERE j.id = ANY (taken.jobs) AND j.state = 'ready' ORDER BY j.id FOR UPDATE) locked;
        -- What was offered may have been settled meanwhile.
        EXIT WHEN cardinality(ready) > 0;
    END LOOP;
    INSERT INTO hallmark.leases AS made (worker, expires, size, jobs)
        VALUES (who, hallmark.millis() + least(term, 3600000), taken.size, ready) RETURNING made.token INTO given;
    UPDATE hallmark.jobs j SET state = 'leased', lease = given WHERE j.id = ANY (ready);
    RETURN QUERY SELECT given, j.model, taken.size, j.id, j.context, coalesce(i.input, ''::bytea)
        FROM unnest(taken.jobs) WITH ORDINALITY AS wanted (id, position)
        JOIN hallmark.jobs j ON j.id = wanted.id AND j.lease = given
        LEFT JOIN hallmark.inputs i ON i.id = j.id
        ORDER BY wanted.position;
END $$;

CREATE FUNCTION hallmark_work.heartbeat(held bigint, who text, term bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = hallmark, pg_temp AS $$
BEGIN
    UPDATE hallmark.leases SET expires = hallmark.millis() + least(term, 3600000) WHERE token = held AND worker = who;
    RETURN FOUND;
END $$;

CREATE FUNCTION hallmark_work.fail(held bigint, who text, why text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = hallmark, pg_temp AS $$
BEGIN
    IF NOT hallmark.holds(held, who) THEN
        RETURN false;
    END IF;
    PERFORM hallmark.fail_jobs(hallmark.end_lease(held), why, false);
    PERFORM pg_notify('hallmark_answers', '');
    RETURN true;
END $$;

-- A group that is given back may not pay alone, so it waits for the next offer.
CREATE FUNCTION hallmark_work.release(held bigint, who text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = hallmark, pg_temp AS $$
DECLARE
    is_group boolean := (SELECT size > 1 FROM hallmark.leases WHERE token = held);
    ids bytea[];
BEGIN
    IF NOT hallmark.holds(held, who) THEN
        RETURN false;
    END IF;
    ids := hallmark.end_lease(held);
    UPDATE hallmark.jobs SET state = CASE WHEN is_group THEN 'waiting' ELSE 'ready' END, lease = NULL WHERE id = ANY (ids);
    IF NOT is_group THEN
        INSERT INTO hallmark.offers (model, size, jobs, urgency, block, event)
            SELECT model, 1, ARRAY[id], urgency, block, event FROM hallmark.jobs WHERE id = ANY (ids);
    END IF;
    PERFORM pg_notify('hallmark_work', '');
    RETURN true;
END $$;

-- Delivers answers with a proof each. Those to other jobs are dropped.
CREATE FUNCTION hallmark_work.complete(held bigint, who text, ids bytea[], outputs bytea[], proofs bytea[]) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = hallmark, pg_temp AS $$
#variable_conflict use_column
DECLARE
    ours bytea[];
    answered bytea[];
BEGIN
    IF NOT hallmark.holds(held, who) THEN
        RETURN false;
    END IF;
    ours := hallmark.end_lease(held);
    WITH told AS (
        SELECT DISTINCT ON (a.id) a.id, a.output, a.proof
            FROM unnest(ids, outputs, proofs) WITH ORDINALITY AS a (id, output, proof, position)
            WHERE a.id = ANY (ours) AND octet_length(a.output) + octet_length(a.proof) <= hallmark.most_bytes()
            ORDER BY a.id, a.position
    ), kept AS (
        INSERT INTO hallmark.answers (id, output, proof) SELECT told.id, told.output, told.proof FROM told RETURNING id
    )
    SELECT coalesce(array_agg(kept.id), '{}') INTO answered FROM kept;
    PERFORM hallmark.deliver(ours, answered);
    RETURN true;
END $$;

-- Delivers answers with one proof.
CREATE FUNCTION hallmark_work.complete_batch(
    held bigint, who text, batch_size integer, ids bytea[], inputs bytea[], outputs bytea[], batch_proof bytea
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = hallmark, pg_temp AS $$
#variable_conflict use_column
DECLARE
    named bytea[] := (SELECT jobs FROM hallmark.leases WHERE token = held);
    ours bytea[];
    answered bytea[];
    members integer := cardinality(ids);
    is_ours boolean;
BEGIN
    IF NOT hallmark.holds(held, who) THEN
        RETURN false;
    END IF;
    ours := hallmark.end_lease(held);
    SELECT count(DISTINCT m.id) = members AND members <= batch_size AND ids <@ named
            AND cardinality(inputs) = members AND cardinality(outputs) = members AND batch_proof IS NOT NULL
            AND count(m.input) = members AND count(m.output) = members
            AND sum(octet_length(m.input) + octet_length(m.output)) + octet_length(batch_proof) <= hallmark.most_bytes()
        INTO is_ours FROM unnest(ids, inputs, outputs) AS m (id, input, output);
    IF is_ours IS NOT TRUE THEN
        PERFORM hallmark.fail_jobs(ours, 'its worker answered other jobs', false);
        PERFORM pg_notify('hallmark_answers', '');
        RETURN true;
    END IF;
    answered := array(SELECT unnest(ids) INTERSECT SELECT unnest(ours));
    IF cardinality(answered) > 0 THEN
        INSERT INTO hallmark.batches (token, size, proof) VALUES (held, batch_size, batch_proof);
        INSERT INTO hallmark.members (token, position, id, input, output)
            SELECT held, m.position, m.id, m.input, m.output
                FROM unnest(ids, inputs, outputs) WITH ORDINALITY AS m (id, input, output, position);
        INSERT INTO hallmark.answers (id, batch) SELECT unnest(answered), held;
    END IF;
    PERFORM hallmark.deliver(ours, answered);
    RETURN true;
END $$;
