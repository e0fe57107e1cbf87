-- To be run in a replica before the connector starts, and again after text or bytea columns were added.
--
-- PostgreSQL leaves a TOASTed value that an UPDATE did not change out of the WAL. The record then has a placeholder in
-- its place, which the connector writes like any other value. These triggers keep the value that the row has.

CREATE OR REPLACE FUNCTION public.keep_unchanged_values() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    unchanged jsonb;
BEGIN
    SELECT jsonb_object_agg(new_value.key, to_jsonb(OLD) -> new_value.key)
    INTO unchanged
    FROM jsonb_each(to_jsonb(NEW)) AS new_value
    WHERE new_value.value IN (
        to_jsonb('__debezium_unavailable_value'::text),
        to_jsonb(convert_to('__debezium_unavailable_value', 'UTF8')));
    RETURN jsonb_populate_record(NEW, unchanged);
END
$$;

DO $$
DECLARE
    captured record;
BEGIN
    FOR captured IN
        SELECT c.table_name,
               string_agg(format(
                   CASE c.data_type
                       WHEN 'bytea' THEN 'NEW.%I = convert_to(''__debezium_unavailable_value'', ''UTF8'')'
                       ELSE 'NEW.%I = ''__debezium_unavailable_value'''
                   END, c.column_name), ' OR ') AS any_unchanged
        FROM information_schema.columns AS c
        JOIN information_schema.tables AS t USING (table_schema, table_name)
        WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
          AND c.data_type IN ('text', 'character varying', 'bytea')
        GROUP BY c.table_name
    LOOP
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER keep_unchanged_values BEFORE UPDATE ON public.%I FOR EACH ROW WHEN (%s)'
            ' EXECUTE FUNCTION public.keep_unchanged_values()',
            captured.table_name, captured.any_unchanged);
        -- The connector's sessions fire no other triggers: session_replication_role is replica.
        EXECUTE format('ALTER TABLE public.%I ENABLE ALWAYS TRIGGER keep_unchanged_values', captured.table_name);
    END LOOP;
END
$$;
