package io.waltally.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.app.config.ConfiguredSink.BackendQuotas;
import io.waltally.app.config.ConfiguredSink.Lake;
import io.waltally.app.config.ConfiguredSink.Mode;
import io.waltally.app.config.ConfiguredSink.NotificationOutbox;
import io.waltally.app.config.ConfiguredSink.Replica;
import io.waltally.app.config.ConfiguredSink.TargetDatabase;
import io.waltally.app.config.ConfiguredSink.UserCollections;
import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.config.value.Secret;
import io.waltally.schemas.Source;
import io.waltally.schemas.event.EventFilter;
import io.waltally.sinks.engine.Sink.OnRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SinkSettingsTest {
    private static final String S3 = "jdbc:postgresql://127.0.0.1:15432/s3_orchestrator";
    private static final String SYNC = "jdbc:postgresql://127.0.0.1:15432/syncstorage";
    private static final Account WALTALLY = new Account("waltally", new Secret(""));

    @TempDir
    private Path directory;

    @Test
    void omittedSettingsHaveDefaults() {
        assertThat(read("""
                sinks:
                  - {name: quotas, type: backend-quotas}
                  - {name: collections, type: user-collections}
                  - {name: outbox, type: notification-outbox, endpoints: [{url: "https://h.example/a"}]}
                  - {name: replica, type: postgres, source: s3, tables: [object_locations]}
                  - {name: lake, type: iceberg, source: sync, tables: [bsos], warehouse: /var/lib/waltally/lake}
                """).sinks())
                .containsExactly(
                        new BackendQuotas("quotas", Mode.SHADOW, database(S3, WALTALLY), OnRefused.DEAD_LETTER),
                        new UserCollections(
                                "collections", Mode.SHADOW, database(SYNC, WALTALLY), OnRefused.DEAD_LETTER),
                        new NotificationOutbox(
                                "outbox",
                                List.of(new NotificationOutbox.Endpoint(
                                        new Secret("https://h.example/a"), new EventFilter(List.of("*"), ""))),
                                false,
                                database(S3, WALTALLY),
                                OnRefused.DEAD_LETTER),
                        new Replica(
                                "replica",
                                Source.S3,
                                List.of("object_locations"),
                                "s3",
                                true,
                                database(S3, WALTALLY),
                                OnRefused.STOP),
                        new Lake("lake", Source.SYNC, List.of("bsos"), Path.of("/var/lib/waltally/lake")));
    }

    @Test
    void sinksOfWholeTransactionsTakeNoSingleRecordAgain() {
        SinkSettings settings = read("""
                sinks:
                  - {name: quotas, type: backend-quotas}
                  - {name: idle, type: user-collections, mode: off}
                  - {name: replica, type: postgres, source: s3, tables: [object_locations]}
                  - {name: batched, type: postgres, source: s3, tables: [backend_usage], transactions: batched}
                  - {name: lake, type: iceberg, source: sync, tables: [bsos], warehouse: /var/lib/waltally/lake}
                """);
        assertThat(settings.obstacleToReplay("quotas")).isEmpty();
        assertThat(settings.obstacleToReplay("batched")).isEmpty();
        assertThat(settings.obstacleToReplay("replica"))
                .hasValueSatisfying(reason -> assertThat(reason).contains("sink replica writes whole transactions"));
        assertThat(settings.obstacleToReplay("lake")).isPresent();
        assertThat(settings.obstacleToReplay("idle"))
                .hasValueSatisfying(reason -> assertThat(reason).contains("its mode is off"));
        assertThat(settings.obstacleToReplay("nobody"))
                .hasValueSatisfying(reason -> assertThat(reason).contains("is not configured"));
    }

    @Test
    void everySettingIsMapped() {
        String url = "jdbc:postgresql://analytics.example/lake?sslmode=require";
        assertThat(read("""
                sinks:
                  - name: quotas-2
                    type: backend-quotas
                    mode: authoritative
                    user: writer
                    password: secret
                    on-refused: stop
                  - {name: collections, type: user-collections, mode: "off"}
                  - name: outbox
                    type: notification-outbox
                    endpoints: [{url: "http://h.example/a", events: ["s3:ObjectCreated:*"], subject-prefix: photos/}]
                    begin: earliest
                  - name: replica
                    type: postgres
                    source: sync
                    tables: [bsos, collections]
                    transactions: batched
                    url: "%s"
                    user: writer
                    password: secret
                    schema: public
                    statement-timeout: 30s
                    lock-timeout: 500ms
                """.formatted(url)).sinks())
                .containsExactly(
                        new BackendQuotas(
                                "quotas-2",
                                Mode.AUTHORITATIVE,
                                database(S3, new Account("writer", new Secret("secret"))),
                                OnRefused.STOP),
                        new UserCollections("collections", Mode.OFF, database(SYNC, WALTALLY), OnRefused.DEAD_LETTER),
                        new NotificationOutbox(
                                "outbox",
                                List.of(new NotificationOutbox.Endpoint(
                                        new Secret("http://h.example/a"),
                                        new EventFilter(List.of("s3:ObjectCreated:*"), "photos/"))),
                                true,
                                database(S3, WALTALLY),
                                OnRefused.DEAD_LETTER),
                        new Replica(
                                "replica",
                                Source.SYNC,
                                List.of("bsos", "collections"),
                                "public",
                                false,
                                new TargetDatabase(
                                        url,
                                        new Account("writer", new Secret("secret")),
                                        Duration.ofSeconds(30),
                                        Duration.ofMillis(500),
                                        false),
                                OnRefused.DEAD_LETTER));
    }

    @Test
    void aSinkThatIsOffDoesNotRun() {
        assertThat(read("sinks: [{name: a, type: backend-quotas, mode: 'off'}]").active())
                .isEmpty();
        assertThat(read("sinks: []").active()).isEmpty();
        assertThat(read("sinks:").active()).isEmpty();
    }

    @Test
    void noTwoSinksWriteOneTable() {
        String replica = "type: postgres, source: s3, url: 'jdbc:postgresql://%s/lake', tables: [%s]";
        String here = replica.formatted("localhost", "object_locations, backend_usage");
        String lake = "type: iceberg, source: s3, tables: [object_locations], warehouse: %s";
        assertRefused("type: backend-quotas", "type: backend-quotas, mode: authoritative", "the shadow table of");
        assertRefused(here, replica.formatted("127.0.0.1:5432", "backend_usage"), "s3.backend_usage in localhost/lake");
        assertRefused(lake.formatted("/lake"), lake.formatted("/a/../lake"), "s3.object_locations in /lake");
        for (String other : List.of(
                "type: backend-quotas, mode: 'off'",
                "type: user-collections",
                replica.formatted("elsewhere", "object_locations"),
                here + ", schema: another",
                lake.formatted("/lake"))) {
            assertThat(read("sinks: [{name: a, " + here + "}, {name: b, type: backend-quotas}, {name: c, " + other
                                    + "}]")
                            .sinks())
                    .hasSize(3);
        }
    }

    private void assertRefused(String one, String other, String table) {
        assertThatThrownBy(() -> read("sinks: [{name: a, " + one + "}, {name: b, " + other + "}]"))
                .hasMessageContaining("sinks[1].name is \"b\": sink a writes " + table)
                .hasMessageContaining("leave one of them out");
    }

    @Test
    void credentialsOfTheSinkOverrideThoseOfTheSource() {
        String source = "sources: {s3: {user: reader, password: one, sink: {user: writer, password: two}}}\n";
        assertThat(account(source + "sinks: [{name: a, type: backend-quotas}]"))
                .isEqualTo(new Account("writer", new Secret("two")));
        assertThat(account(source + "sinks: [{name: a, type: backend-quotas, user: other}]"))
                .isEqualTo(new Account("other", new Secret("")));
        assertThat(account(source + "sinks: [{name: a, type: backend-quotas, password: three}]"))
                .isEqualTo(new Account("writer", new Secret("three")));
        assertThat(account(
                        "sources: {s3: {user: reader, password: one}}\n" + "sinks: [{name: a, type: backend-quotas}]"))
                .isEqualTo(new Account("reader", new Secret("one")));
        // No password of a source goes to another server.
        assertThat(account(source + "sinks: [{name: a, type: backend-quotas, url: 'jdbc:postgresql://h/d'}]"))
                .isEqualTo(WALTALLY);
    }

    private Account account(String yaml) {
        return read(yaml).sinks().get(0).target().orElseThrow().account();
    }

    @Test
    void everyErrorNamesTheKeyAndTheRemedy() {
        assertError(
                "name: a",
                "type is missing: give one of backend-quotas, user-collections, notification-outbox,"
                        + " postgres, iceberg");
        assertError(
                "name: a, type: kafka",
                "type is \"kafka\": must be one of backend-quotas, user-collections,"
                        + " notification-outbox, postgres, iceberg");
        assertError("type: backend-quotas", "name is missing: give one of its own, such as backend-quotas");
        assertError("name: A_b, type: backend-quotas", "name is \"A_b\": must match [a-z0-9-]{1,63}");
        assertError(
                "name: a, type: backend-quotas, mode: on", "mode is \"on\": must be one of off, shadow, authoritative");
        assertError(
                "name: a, type: backend-quotas, on-refused: skip",
                "on-refused is \"skip\": must be one of dead-letter, stop");
        assertError(
                "name: a, type: backend-quotas, moode: shadow",
                "moode is not a known key; did you mean sinks[0].mode?");
        assertError(
                "name: a, type: backend-quotas, tables: [bsos]",
                "tables is no setting of type backend-quotas, which has lock-timeout, mode, name, on-refused, password,"
                        + " password-file,"
                        + " statement-timeout, type, url, user");
        assertError(
                "name: a, type: notification-outbox",
                "endpoints must be a list, with the url of one endpoint at least, such as"
                        + " [{url: https://hooks.example.com/waltally}]");
        assertError(
                "name: a, type: notification-outbox, endpoints: [{url: 'hidden.example'}]",
                "endpoints[0].url must be an http or https URL, such as https://hooks.example.com/waltally");
        assertError(
                "name: a, type: notification-outbox, endpoints: [{url: 'https://h.example/hid den'}]",
                "endpoints[0].url must be an http or https URL, such as https://hooks.example.com/waltally");
        assertError(
                "name: a, type: notification-outbox, endpoints: [{url: 'https://h.example/', events: ['*.x']}]",
                "endpoints[0].events must be *, a type such as backend.removed, or the beginning of types such as"
                        + " s3:ObjectCreated:*");
        assertError(
                "name: a, type: notification-outbox, begin: now, endpoints: [{url: 'https://h.example/'}]",
                "begin is \"now\": must be one of latest, earliest");
        assertError("name: a, type: postgres", "source is missing: give one of s3, sync");
        assertError("name: a, type: postgres, source: s4", "source is \"s4\": must be one of s3, sync");
        assertError(
                "name: a, type: postgres, source: sync",
                "tables is missing: give captured tables of the source, such as [collections]");
        assertError(
                "name: a, type: postgres, source: sync, tables: [object_locations]",
                "tables is \"object_locations\": must be a table of sources.sync.tables, which has collections,"
                        + " user_collections, bsos");
        assertError(
                "name: a, type: postgres, source: sync, tables: [bsos, bsos]",
                "tables is \"bsos\": must not be named twice");
        assertError(
                "name: a, type: postgres, source: sync, tables: [bsos], transactions: some",
                "transactions is \"some\": must be one of atomic, batched");
        assertError(
                "name: a, type: postgres, source: sync, tables: [bsos], on-refused: dead-letter",
                "on-refused is \"dead-letter\": must be stop: this sink writes whole transactions");
        assertError(
                "name: a, type: postgres, source: sync, tables: [bsos], schema: Lake",
                "schema is \"Lake\": must match [a-z_][a-z0-9_]{0,62} and not begin with pg_");
        assertError(
                "name: a, type: postgres, source: sync, tables: [bsos], schema: waltally",
                "schema is \"waltally\": must be another schema: this one is not for replicas");
        assertError(
                "name: a, type: iceberg, source: sync, tables: [bsos]",
                "warehouse is missing: give a directory, such as /var/lib/waltally/lake");
        assertError(
                "name: a, type: iceberg, source: sync, tables: [bsos], warehouse: x, on-refused: dead-letter",
                "on-refused is \"dead-letter\": must be stop: this sink writes whole transactions");
        assertError(
                "name: a, type: backend-quotas, url: 'jdbc:postgresql://h/d?password=hidden'",
                "url is \"jdbc:postgresql://h/d\": must not hold a user or password; they have keys of their own");
        assertError(
                "name: a, type: backend-quotas, statement-timeout: 4m",
                "statement-timeout is PT4M: must be from 1ms to 3m");
        assertError(
                "name: a, type: backend-quotas, statement-timeout: 4s",
                "lock-timeout is PT5S: must be from 1ms to statement-timeout, which is PT4S");
        assertError("name: a, type: backend-quotas, user: ''", "user is \"\": must name a role of the server");
        assertWhole(
                "sinks: [{name: a, type: backend-quotas}, {name: a, type: backend-quotas}]",
                "sinks[1].name is \"a\": another sink has that name; each needs its own, which identifies it in its"
                        + " target");
        String outbox = "type: notification-outbox, endpoints: [{url: 'https://h.example/secret'}]";
        assertWhole(
                "sinks: [{name: a, " + outbox + "}, {name: b, " + outbox + "}]",
                "sinks[1].endpoints has a URL of sink a too, so that the application would deliver events to it twice;"
                        + " give each URL to one sink, with all its events");
        assertWhole("sinks: {a: {type: backend-quotas}}", "sinks must be a list, with name and type of each sink");
        assertWhole("sinks: hidden", "sinks must be a list, with name and type of each sink");
        assertWhole(
                "sources: {sync: {}}\nsinks: [{name: a, type: backend-quotas}]",
                "sinks[0] writes data of source s3, which is off: add sources.s3, or remove the sink");
    }

    /** Under whatever name its server is given. */
    @Test
    void aReplicaDoesNotWriteIntoTheTablesThatItIsACopyOf() {
        String rule = "schema is \"public\": the replica would write into the tables that are captured; give another"
                + " schema, or the url of another database";
        String replica = "name: a, type: postgres, source: sync, tables: [bsos], schema: public";
        assertError(replica, rule);
        assertError(replica + ", url: 'jdbc:postgresql://localhost:15432/syncstorage?sslmode=disable'", rule);
        assertThat(read("sinks: [{" + replica + ", url: 'jdbc:postgresql://localhost:15432/copy'}]")
                        .active())
                .hasSize(1);
        assertThat(read("sinks: [{" + replica.replace("public", "sync") + "}]").active())
                .hasSize(1);
        assertThat(DatabaseUrl.same("jdbc:postgresql://DB.example/a", "jdbc:postgresql://db.example:5432/a"))
                .isTrue();
        assertThat(DatabaseUrl.same("jdbc:postgresql://db.example/a", "jdbc:postgresql://db.example:5433/a"))
                .isFalse();
    }

    private void assertError(String sink, String message) {
        assertWhole("sinks: [{" + sink + "}]", "sinks[0]." + message);
        assertThat(message).doesNotContain("hidden");
    }

    private void assertWhole(String yaml, String message) {
        assertThatThrownBy(() -> read(yaml))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(directory.resolve("waltally.yml").toString())
                .satisfies(failure ->
                        assertThat(failure.getMessage().lines()).anyMatch(line -> line.endsWith(": " + message)));
    }

    private static TargetDatabase database(String url, Account account) {
        return new TargetDatabase(url, account, Duration.ofSeconds(60), Duration.ofSeconds(5), true);
    }

    private SinkSettings read(String yaml) {
        Path file = directory.resolve("waltally.yml");
        try {
            Files.writeString(file, yaml);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return Configuration.load(Optional.of(file), Map.of(), Map.of()).sinks();
    }
}
