CREATE TABLE waltally.backend_quotas (
    backend_name  text PRIMARY KEY,
    bytes_used    bigint NOT NULL DEFAULT 0,
    bytes_limit   bigint NOT NULL,
    updated_at    timestamptz DEFAULT now(),
    orphan_bytes  bigint NOT NULL DEFAULT 0,
    applied_epoch integer NOT NULL,
    applied_lsn   pg_lsn NOT NULL
);
COMMENT ON TABLE waltally.backend_quotas IS
    'Storage of the backends as waltally counts it; as of applied_lsn of incarnation applied_epoch.';

CREATE TABLE waltally.backend_quota_drift_since (
    backend_name text PRIMARY KEY,
    since        timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE waltally.backend_quota_drift_since IS
    'When the sink first saw the counters of a backend differ. Read the view backend_quota_drift.';

-- The body is a string and reads columns by name at run time, so that no object of ours depends on the application's
-- table: the application may alter, drop and recreate it. A column that the table lacks is null.
SET LOCAL check_function_bodies = off;

CREATE FUNCTION waltally.application_backend_quotas()
    RETURNS TABLE (backend_name text, bytes_used bigint, orphan_bytes bigint)
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT q.backend_name,
               (to_jsonb(q) ->> 'bytes_used')::bigint,
               (to_jsonb(q) ->> 'orphan_bytes')::bigint
        FROM public.backend_quotas q
    $$;

CREATE VIEW waltally.backend_quota_drift AS
    SELECT s.backend_name,
           a.bytes_used AS application_bytes_used,
           s.bytes_used,
           a.bytes_used - s.bytes_used AS bytes_used_difference,
           a.orphan_bytes AS application_orphan_bytes,
           s.orphan_bytes,
           a.orphan_bytes - s.orphan_bytes AS orphan_bytes_difference,
           coalesce(a.bytes_used <> s.bytes_used, false) OR coalesce(a.orphan_bytes <> s.orphan_bytes, false) AS drifts,
           d.since,
           s.applied_epoch,
           s.applied_lsn
    FROM waltally.backend_quotas s
    JOIN waltally.application_backend_quotas() a USING (backend_name)
    LEFT JOIN waltally.backend_quota_drift_since d USING (backend_name);
COMMENT ON VIEW waltally.backend_quota_drift IS
    'The application''s counters beside the exact ones. A difference is the application''s value minus the exact one.';
