CREATE TABLE waltally.user_collections (
    user_id       bigint NOT NULL,
    collection_id integer NOT NULL,
    modified      timestamptz NOT NULL,
    count         bigint,
    total_bytes   bigint,
    applied_epoch integer NOT NULL,
    applied_lsn   pg_lsn NOT NULL,
    updated_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, collection_id)
);
COMMENT ON TABLE waltally.user_collections IS
    'Unexpired records of the collections as waltally counts them; as of applied_lsn of incarnation applied_epoch.';

CREATE TABLE waltally.user_collection_drift_since (
    user_id       bigint NOT NULL,
    collection_id integer NOT NULL,
    since         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, collection_id)
);
COMMENT ON TABLE waltally.user_collection_drift_since IS
    'When the sink first saw the counters of a collection differ. Read the view user_collection_drift.';

-- The body is a string and reads columns by name at run time, so that no object of ours depends on the application's
-- table: the application may alter, drop and recreate it. A column that the table lacks is null.
SET LOCAL check_function_bodies = off;

CREATE FUNCTION waltally.application_user_collections()
    RETURNS TABLE (user_id bigint, collection_id integer, count bigint, total_bytes bigint)
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT c.user_id,
               c.collection_id,
               (to_jsonb(c) ->> 'count')::bigint,
               (to_jsonb(c) ->> 'total_bytes')::bigint
        FROM public.user_collections c
    $$;

CREATE VIEW waltally.user_collection_drift AS
    SELECT s.user_id,
           s.collection_id,
           a.count AS application_count,
           s.count,
           a.count - s.count AS count_difference,
           a.total_bytes AS application_total_bytes,
           s.total_bytes,
           a.total_bytes - s.total_bytes AS total_bytes_difference,
           coalesce(a.count <> s.count, false) OR coalesce(a.total_bytes <> s.total_bytes, false) AS drifts,
           d.since,
           s.applied_epoch,
           s.applied_lsn
    FROM waltally.user_collections s
    JOIN waltally.application_user_collections() a USING (user_id, collection_id)
    LEFT JOIN waltally.user_collection_drift_since d USING (user_id, collection_id);
COMMENT ON VIEW waltally.user_collection_drift IS
    'The application''s counters beside the exact ones. A difference is the application''s value minus the exact one.';
