package io.waltally.migrations;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Compares syncstorage's schema with facts that were written by hand, not derived from the migrations. */
@ExtendWith(PostgresServer.Extension.class)
class SyncSchemaIT {
    private static final String TO_USER_COLLECTION = """
            FOREIGN KEY (user_id, collection_id) REFERENCES user_collections(user_id, collection_id) ON DELETE CASCADE
            """;

    private static TestDatabase database;
    private static SchemaFacts facts;

    @BeforeAll
    static void migrate(PostgresServer server) throws SQLException {
        database = server.createDatabase();
        new Migrator().migrate(database.target(Application.SYNC));
        facts = new SchemaFacts(database);
    }

    @Test
    void thereAreFiveTablesTheHistoryAndNothingElse() throws SQLException {
        facts.assertTables("""
                user_collections
                bsos
                collections
                batches
                batch_bsos
                __diesel_schema_migrations
                """);
        assertThat(Application.SYNC.tables()).hasSize(5);
    }

    @Test
    void userCollections() throws SQLException {
        facts.assertColumns("user_collections", """
                user_id        bigint                    not null
                collection_id  integer                   not null
                modified       timestamp with time zone  not null
                count          bigint
                total_bytes    bigint
                """);
        facts.assertConstraints("user_collections", "PRIMARY KEY (user_id, collection_id)");
        facts.assertIndexes("user_collections", "");
    }

    @Test
    void bsos() throws SQLException {
        facts.assertColumns("bsos", """
                user_id        bigint                    not null
                collection_id  integer                   not null
                bso_id         text                      not null
                sortindex      integer
                payload        text                      not null
                modified       timestamp with time zone  not null
                expiry         timestamp with time zone  not null
                """);
        facts.assertConstraints("bsos", TO_USER_COLLECTION + "PRIMARY KEY (user_id, collection_id, bso_id)");
        facts.assertIndexes("bsos", """
                bsos_modified_idx  (user_id, collection_id, modified DESC)
                bsos_expiry_idx    (user_id, collection_id, expiry)
                """);
    }

    @Test
    void collections() throws SQLException {
        facts.assertColumns("collections", """
                collection_id  integer                not null  by default as identity
                name           character varying(32)  not null
                """);
        facts.assertConstraints("collections", """
                PRIMARY KEY (collection_id)
                UNIQUE (name)
                """);
        facts.assertIndexes("collections", "");
    }

    @Test
    void thirteenCollectionsAreFixedAndTheNextIs101(PostgresServer server) throws SQLException {
        TestDatabase fresh = server.createDatabase();
        new Migrator().migrate(fresh.target(Application.SYNC));
        assertThat(fresh.query("SELECT collection_id, name FROM collections ORDER BY collection_id"))
                .containsExactly(
                        "1 | clients",
                        "2 | crypto",
                        "3 | forms",
                        "4 | history",
                        "5 | keys",
                        "6 | meta",
                        "7 | bookmarks",
                        "8 | prefs",
                        "9 | tabs",
                        "10 | passwords",
                        "11 | addons",
                        "12 | addresses",
                        "13 | creditcards");
        assertThat(fresh.query("INSERT INTO collections (name) VALUES ('own') RETURNING collection_id"))
                .containsExactly("101");
    }

    @Test
    void batches() throws SQLException {
        facts.assertColumns("batches", """
                user_id        bigint                    not null
                collection_id  integer                   not null
                batch_id       uuid                      not null
                expiry         timestamp with time zone  not null
                """);
        facts.assertConstraints("batches", TO_USER_COLLECTION + "PRIMARY KEY (user_id, collection_id, batch_id)");
        facts.assertIndexes("batches", "batch_expiry_idx (user_id, collection_id, expiry)");
    }

    @Test
    void batchBsos() throws SQLException {
        facts.assertColumns("batch_bsos", """
                user_id        bigint   not null
                collection_id  integer  not null
                batch_id       uuid     not null
                batch_bso_id   text     not null
                sortindex      integer
                payload        text
                ttl            bigint
                """);
        facts.assertConstraints("batch_bsos", """
                PRIMARY KEY (user_id, collection_id, batch_id, batch_bso_id)
                FOREIGN KEY (user_id, collection_id, batch_id) \
                REFERENCES batches(user_id, collection_id, batch_id) ON DELETE CASCADE
                """);
        facts.assertIndexes("batch_bsos", "");
    }

    @Test
    void postBsoIsACompositeTypeOfWhatOneWriteCarries() throws SQLException {
        facts.assertColumns("post_bso", """
                bso_id     text
                sortindex  integer
                payload    text
                ttl        bigint
                """);
        assertThat(database.query("SELECT array_length(ARRAY[('a', 1, 'x', 60)::post_bso], 1)"))
                .containsExactly("1");
    }
}
