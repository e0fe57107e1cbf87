package io.waltally.schemas.serde;

import org.apache.avro.Schema;

/** The key schema of a cdc topic. A later one supersedes it if a new epoch begins with another primary key. */
public final class KeySchema {
    private static final String SUPERSEDES = "waltally.supersedes";
    private static final int NONE = 0;

    private KeySchema() {}

    /** Records in a new schema that it replaces a version, since all rows are published again under its keys. */
    public static void supersede(Schema schema, int version) {
        schema.addProp(SUPERSEDES, version);
    }

    /** Whether rows were published again, with the latest schema, since keys were written with this one. */
    public static boolean isSuperseded(Schema key, Schema latest) {
        return superseded(key) < superseded(latest);
    }

    private static int superseded(Schema schema) {
        return schema.getObjectProp(SUPERSEDES) instanceof Number version ? version.intValue() : NONE;
    }
}
