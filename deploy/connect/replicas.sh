#!/bin/sh
# Makes the databases of the replicas with the tables of the applications, once, and the triggers for TOASTed values.
set -eu

for source in s3:s3_orchestrator sync:syncstorage; do
    database=${source#*:}
    replica=${source%%:*}_replica
    if [ "$(psql -h "$REPLICA_HOST" -U postgres -tAc "SELECT count(*) FROM pg_database WHERE datname = '$replica'")" = 0 ]; then
        createdb -h "$REPLICA_HOST" -U postgres "$replica"
    fi
    if [ "$(psql -h "$REPLICA_HOST" -U postgres -tAc "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'" "$replica")" = 0 ]; then
        # A database has the schema public already.
        pg_dump -h "$SOURCE_HOST" -U postgres --schema-only --schema=public --no-owner --no-privileges "$database" > /tmp/schema.sql
        sed '/^CREATE SCHEMA public;$/d' /tmp/schema.sql |
            psql -h "$REPLICA_HOST" -U postgres -q -1 -v ON_ERROR_STOP=1 "$replica" >/dev/null
    fi
    psql -h "$REPLICA_HOST" -U postgres -q -v ON_ERROR_STOP=1 -f "$EXAMPLES/keep-unchanged-values.sql" "$replica"
done
