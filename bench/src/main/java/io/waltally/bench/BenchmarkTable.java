package io.waltally.bench;

import io.waltally.schemas.Source;
import java.util.Locale;

/** A table, and the numbered rows that are written to it. */
public enum BenchmarkTable {
    /** Ten objects in thirteen rows: three of them have a replica. */
    OBJECT_LOCATIONS(
            Source.S3,
            "INSERT INTO public.backend_quotas (backend_name, bytes_limit)"
                    + " SELECT 'backend-' || i, 0 FROM generate_series(0, 2) i ON CONFLICT DO NOTHING",
            """
            INSERT INTO public.object_locations (object_key, backend_name, size_bytes, content_hash)
            SELECT format('bucket-%%s/photos/2026/%%s.jpg', object %% 16, object), 'backend-' || (object + replica) %% 3,
                   object * 17, encode(sha256(object::text::bytea), 'hex')
            FROM (SELECT n - replica * 10 AS object, replica
                  FROM (SELECT n, (n %% 13 >= 10)::int AS replica FROM generate_series(%s, %s) n) numbered) objects"""),

    /** A hundred successive records of one collection; 2,000 users have five collections each. */
    BSOS(
            Source.SYNC,
            "INSERT INTO public.user_collections (user_id, collection_id, modified)"
                    + " SELECT u, c, now() FROM generate_series(0, 1999) u, generate_series(3, 7) c ON CONFLICT DO NOTHING",
            """
            INSERT INTO public.bsos (user_id, collection_id, bso_id, payload, modified, expiry)
            SELECT n / 100 %% 2000, 3 + n / 200000 %% 5, left(md5(n::text), 12), repeat(md5(n::text), 14), now(),
                   now() + interval '2100000000 seconds'
            FROM generate_series(%s, %s) n""");

    private final Source source;
    private final String prepare;
    private final String insert;

    BenchmarkTable(Source source, String prepare, String insert) {
        this.source = source;
        this.prepare = prepare;
        this.insert = insert;
    }

    public static BenchmarkTable of(Source source) {
        return switch (source) {
            case S3 -> OBJECT_LOCATIONS;
            case SYNC -> BSOS;
        };
    }

    Source source() {
        return source;
    }

    /** The name in PostgreSQL. */
    public String table() {
        return name().toLowerCase(Locale.ROOT);
    }

    public String topic() {
        return source.topicOf(table());
    }

    /** SQL that writes the rows that later rows refer to. */
    String prepare() {
        return prepare;
    }

    /**
     * SQL that writes rows.
     *
     * @param first SQL expression of the first number
     * @param last SQL expression of the last number
     */
    String insert(String first, String last) {
        return insert.formatted(first, last);
    }
}
