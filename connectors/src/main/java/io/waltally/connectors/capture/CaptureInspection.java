package io.waltally.connectors.capture;

import io.debezium.relational.TableSchema;
import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.encoding.TableSchemas;
import io.waltally.connectors.capture.error.CaptureException;
import io.waltally.connectors.capture.error.NewEpochRemedy;
import io.waltally.connectors.capture.error.SchemaRefusedException;
import io.waltally.connectors.capture.publishing.KafkaTarget;
import io.waltally.connectors.capture.snapshot.RowReader;
import io.waltally.connectors.capture.source.MissingAddition;
import io.waltally.connectors.capture.source.Prerequisites.Problem;
import io.waltally.connectors.capture.source.SlotState;
import io.waltally.connectors.capture.source.SourceDatabase;
import io.waltally.schemas.control.Watermark;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The result of a dry run of capture's start, which takes neither the lead nor the slot, and writes nothing.
 *
 * @param version of the server
 * @param missing configured tables, and columns of them, that the application does not have yet
 * @param problems why capture would stop
 * @param advice settings that may stop it later
 */
public record CaptureInspection(
        String version, List<MissingAddition> missing, List<Problem> problems, List<Problem> advice) {
    public CaptureInspection {
        missing = List.copyOf(missing);
        problems = List.copyOf(problems);
        advice = List.copyOf(advice);
    }

    /**
     * Inspects the server of a source.
     *
     * @throws io.waltally.connectors.capture.error.SourceConnectionException if it cannot be reached, or refuses the
     *     login
     */
    public static CaptureInspection of(CaptureConfig configured) throws SQLException {
        try (SourceDatabase database = SourceDatabase.connect(configured)) {
            database.expectAnswers();
            var published = database.published(configured.publication());
            CaptureConfig config = configured.withTables(published.captured(configured));
            List<Problem> problems = new ArrayList<>(database.problems(config));
            Optional<SlotState> slot = slot(database, config, problems);
            if (problems.isEmpty()) {
                // Replication connections have conditions of their own.
                database.identity();
            }
            slot.filter(SlotState::isLost)
                    .ifPresent(lost -> problems.add(new Problem(
                            "replication slot " + lost.name() + " was invalidated ("
                                    + lost.invalidation().orElse("max_slot_wal_keep_size") + ")",
                            NewEpochRemedy.command(config.source()))));
            return new CaptureInspection(
                    database.version(), database.missingAdditions(configured, published), problems, database.advice());
        }
    }

    private static Optional<SlotState> slot(SourceDatabase database, CaptureConfig config, List<Problem> problems)
            throws SQLException {
        try {
            return database.slot(config.slot());
        } catch (CaptureException e) {
            problems.add(new Problem(e.getMessage(), "set sources." + config.source() + ".slot"));
            return Optional.empty();
        }
    }

    /**
     * Compares the position in Kafka with server and slot, as the start of capture does.
     *
     * @param kafka empty if the cluster has no topic of watermarks yet
     * @return why capture would stop
     */
    public static Optional<String> contradiction(CaptureConfig config, Optional<KafkaTarget> kafka)
            throws SQLException {
        try (SourceDatabase database = SourceDatabase.connect(config)) {
            database.expectAnswers();
            // The slot first: a running capture advances it up to the watermark, never beyond.
            Optional<SlotState> slot = database.slot(config.slot());
            Optional<Watermark> last =
                    kafka.flatMap(target -> target.watermarks().lastVisible(config.source()));
            last.ifPresent(watermark -> StartPosition.requireKnownSlot(config, watermark));
            StartPosition.of(config, last, database.identity(), slot);
            return Optional.empty();
        } catch (CaptureException e) {
            return Optional.of(e.getMessage());
        }
    }

    /**
     * Tests whether the registry would take the schemas of the captured tables, without registering them.
     *
     * @param begun whether the cluster has a topic of watermarks
     */
    public static Schemas schemas(CaptureConfig configured, KafkaTarget kafka, boolean begun) throws SQLException {
        List<String> tables;
        try (SourceDatabase database = SourceDatabase.connect(configured)) {
            database.expectAnswers();
            tables = database.published(configured.publication()).captured(configured);
        }
        Optional<Watermark> last = begun ? kafka.watermarks().lastVisible(configured.source()) : Optional.empty();
        TableSchemas tested = new TableSchemas(
                configured.source(),
                kafka.catalogue(),
                kafka.registry(),
                last.map(watermark -> CaptureSession.unwritten(configured.source(), watermark))
                        .orElse(topic -> true));
        List<Problem> problems = new ArrayList<>();
        try (RowReader reader = new RowReader(configured.withTables(tables))) {
            for (String table : tables) {
                TableSchema schema = reader.schemaOf(table);
                try {
                    tested.test(
                            table,
                            schema.keySchema(),
                            schema.getEnvelopeSchema().schema());
                } catch (SchemaRefusedException e) {
                    problems.add(new Problem("table " + table + ": " + e.getMessage(), e.remedy()));
                }
            }
        }
        return new Schemas(tables.size(), problems);
    }

    /**
     * The result of a test of schemas.
     *
     * @param problems why capture would stop, a problem per table
     */
    public record Schemas(int tables, List<Problem> problems) {
        public Schemas {
            problems = List.copyOf(problems);
        }
    }
}
