package io.waltally.iceberg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.waltally.iceberg.CdcTopic.Column;
import io.waltally.iceberg.change.ChangePosition;
import io.waltally.schemas.Source;
import io.waltally.schemas.serde.RegistryAccess;
import io.waltally.sinks.target.TopicOffsets;
import io.waltally.sinks.target.WriterClaim;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The SQL of docs/sinks.md, in DuckDB with its extension iceberg. {@code -Dwaltally.duckdb.python} names a Python that has
 * them, from PyPI: {@code duckdb==1.4.4 duckdb-ext-iceberg duckdb-ext-avro}.
 */
class DocumentedQueriesTest {
    private static final String PYTHON = System.getProperty("waltally.duckdb.python", "python3");
    private static final String REGISTRY = "mock://documented-queries";
    private static final String WAREHOUSE = "/var/lib/waltally/lake";
    private static final String TEXT = "\"string\"";
    private static final String LONG = "\"long\"";
    private static final String UNCHANGED = "__debezium_unavailable_value";

    /** Runs statements and prints the rows of the last one. Extensions are those of the packages. */
    private static final String PROGRAM = """
            import glob, os, sys, duckdb
            packages = os.path.join(os.path.dirname(duckdb.__file__), "..", "duckdb_ext", "extensions")
            connection = duckdb.connect()
            for name in "avro", "iceberg":
                found = glob.glob(os.path.join(packages, "**", name + ".duckdb_extension"), recursive=True)
                connection.execute("LOAD '" + os.path.realpath(found[0]) + "'")
            result = None
            for statement in sys.stdin.read().split(";"):
                if statement.strip():
                    result = connection.execute(statement)
            for row in result.fetchall():
                print(*row)
            """;

    @TempDir
    private Path warehouse;

    @BeforeEach
    void requireDuckDb() throws Exception {
        boolean available;
        try {
            available = run("SELECT 1").equals(List.of("1"));
        } catch (IOException e) {
            available = false;
        }
        assumeTrue(
                available,
                PYTHON + " has no duckdb with the extensions iceberg and avro: pip install duckdb==1.4.4"
                        + " duckdb-ext-iceberg==1.4.4.20260205 duckdb-ext-avro==1.4.4.20260205");
    }

    @Test
    void currentRowsAreTheLastChangesThatAreNoDeletes() throws Exception {
        CdcTopic topic = new CdcTopic(
                REGISTRY,
                Source.S3,
                "object_locations",
                List.of(
                        Column.key("object_key", TEXT),
                        Column.key("backend_name", TEXT),
                        Column.optional("size_bytes", LONG)));
        Map<String, Object> kept = Map.of("object_key", "photos/a", "backend_name", "b1", "size_bytes", 1L);
        Map<String, Object> changed = Map.of("object_key", "photos/a", "backend_name", "b1", "size_bytes", 2L);
        Map<String, Object> removed = Map.of("object_key", "photos/b", "backend_name", "b1", "size_bytes", 3L);
        write(
                "object_locations",
                Source.S3,
                List.of(
                        topic.written("c", new ChangePosition(0, 10, 0), 0, 0, kept),
                        topic.written("c", new ChangePosition(0, 10, 1), 0, 1, removed),
                        topic.written("u", new ChangePosition(0, 20, 0), 0, 2, changed),
                        topic.deleted(new ChangePosition(0, 20, 1), 0, 3, removed)));

        String views = documented("CREATE VIEW changes AS", "CREATE VIEW object_locations AS");
        assertThat(run(views + "; SELECT object_key, backend_name, size_bytes FROM object_locations"))
                .containsExactly("photos/a b1 2");
        assertThat(run(documented("CREATE VIEW changes AS", "SELECT _committed_at, _op, backend_name")
                        .replace("SELECT _committed_at, _op,", "SELECT _op,")))
                .containsExactly("c b1 1", "u b1 2");
    }

    @Test
    void aLargeValueIsThatOfTheLastChangeThatHasIt() throws Exception {
        CdcTopic topic = new CdcTopic(
                REGISTRY,
                Source.SYNC,
                "bsos",
                List.of(
                        Column.key("user_id", LONG),
                        Column.key("collection_id", "\"int\""),
                        Column.key("bso_id", TEXT),
                        Column.optional("sortindex", "\"int\""),
                        Column.optional("payload", TEXT)));
        write(
                "bsos",
                Source.SYNC,
                List.of(
                        topic.written("c", new ChangePosition(0, 10, 0), 0, 0, record("large", 1)),
                        topic.written("u", new ChangePosition(0, 20, 0), 0, 1, record(UNCHANGED, 2))));

        String views =
                documented("CREATE VIEW changes AS", "CREATE VIEW bsos AS").replace("s3/object_locations", "sync/bsos");
        assertThat(run(views + "; SELECT * FROM bsos")).containsExactly("7 1 x 2 large");
    }

    private static Map<String, Object> record(String payload, int sortindex) {
        return Map.of("user_id", 7L, "collection_id", 1, "bso_id", "x", "sortindex", sortindex, "payload", payload);
    }

    private void write(String table, Source source, List<ConsumerRecord<byte[], byte[]>> records) {
        TopicPartition partition = new TopicPartition(source.topicOf(table), 0);
        try (IcebergTarget target =
                new IcebergTarget("lake", source, List.of(table), warehouse, RegistryAccess.of(REGISTRY))) {
            target.claim(new WriterClaim("cluster", Map.of(partition, new Uuid(1, 1)), Optional.empty()));
            target.begin();
            target.apply(records);
            target.commit(TopicOffsets.of(Map.of(partition, (long) records.size())));
        }
    }

    /** The statements of docs/sinks.md that begin so, with the warehouse of the test. */
    private String documented(String... beginnings) throws IOException {
        String text = Files.readString(Path.of("..", "docs", "sinks.md"));
        List<String> statements = new ArrayList<>();
        for (String beginning : beginnings) {
            int begin = text.indexOf("\n" + beginning);
            assertThat(begin).as("docs/sinks.md has %s", beginning).isPositive();
            statements.add(text.substring(begin + 1, text.indexOf(';', begin)));
        }
        return String.join(";", statements).replace(WAREHOUSE, warehouse.toString());
    }

    private static List<String> run(String statements) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(PYTHON, "-c", PROGRAM)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (var input = process.getOutputStream()) {
            input.write(statements.getBytes(StandardCharsets.UTF_8));
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return process.waitFor() == 0 ? output.lines().toList() : List.of("failed: " + process.exitValue());
    }
}
