package io.waltally.connectors.capture.debezium;

import io.debezium.connector.postgresql.PostgresConnector;
import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.DebeziumEngine.ChangeConsumer;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.config.DatabaseLogin;
import io.waltally.connectors.capture.config.SessionSettings;
import io.waltally.connectors.capture.error.CaptureException;
import io.waltally.connectors.capture.error.EngineException;
import io.waltally.connectors.capture.error.PublicationGapException;
import io.waltally.schemas.Source;
import java.io.IOException;
import java.util.Properties;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.storage.MemoryOffsetBackingStore;
import org.jspecify.annotations.Nullable;

/**
 * One run of Debezium's engine, from the position of the slot. The offset store is empty: the caller decides where to
 * start.
 */
public final class CaptureEngine implements AutoCloseable {
    private final Source source;
    private final String publication;
    private final DebeziumEngine<RecordChangeEvent<SourceRecord>> engine;
    private volatile @Nullable Throwable error;
    private volatile @Nullable String message;

    public CaptureEngine(CaptureConfig config, ChangeConsumer<RecordChangeEvent<SourceRecord>> consumer) {
        this.source = config.source();
        this.publication = config.publication();
        Properties properties = properties(config);
        properties.setProperty(DisabledStreamingMetrics.PROPERTY, "true");
        properties.setProperty(UnknownEnumLabels.PROPERTY, "true");
        properties.setProperty("connector.class", CaptureConnector.class.getName());
        // Replaces the value of properties(). Debezium's reading thread need not sleep between reads, because the
        // socket
        // of StreamSocketFactory blocks until data arrives.
        properties.setProperty("poll.interval.ms", "1");
        properties.putIfAbsent("driver.socketFactory", StreamSocketFactory.class.getName());
        // The task's own queue limits bytes.
        properties.setProperty("max.queue.size.in.bytes", "0");
        this.engine = DebeziumEngine.create(ChangeEventFormat.of(Connect.class))
                .using(properties)
                .using((success, text, cause) -> {
                    if (!success) {
                        message = text;
                        error = cause;
                    }
                })
                .notifying(consumer)
                .build();
    }

    /** The topic name of {@code pg_logical_emit_message} records. */
    public static String messageTopic(CaptureConfig config) {
        return config.source().id() + ".message";
    }

    /** The Debezium properties of this engine, also for a benchmark of Debezium's engine alone. */
    public static Properties properties(CaptureConfig config) {
        DatabaseLogin database = config.database();
        Properties properties = new Properties();
        properties.setProperty("name", "waltally-" + config.source().id());
        properties.setProperty("connector.class", PostgresConnector.class.getName());
        properties.setProperty("topic.prefix", config.source().id());
        properties.setProperty("database.hostname", database.host());
        properties.setProperty("database.port", Integer.toString(database.port()));
        properties.setProperty("database.dbname", database.database());
        properties.setProperty("database.user", database.user());
        database.password().ifPresent(password -> properties.setProperty("database.password", password));
        // Debezium makes a URL of its own, without parameters.
        database.parameters().forEach((name, value) -> properties.setProperty("driver." + name, value));
        properties.setProperty("driver.options", SessionSettings.options());
        // Values in PostgreSQL's text form. After some executions of a statement the driver takes some types in binary
        // form, and makes other texts of them: of a bytea the name of a Java object.
        properties.setProperty("driver.binaryTransfer", "false");
        properties.setProperty("driver.binaryTransferEnable", "");
        properties.setProperty("database.initial.statements", SessionSettings.WITHOUT_TRANSACTION_TIMEOUT);
        properties.setProperty("plugin.name", "pgoutput");
        // The slot exists: one that the engine creates would start after the snapshot.
        properties.setProperty("slot.name", config.slot());
        properties.setProperty("slot.max.retries", "0");
        properties.setProperty("publication.name", config.publication());
        properties.setProperty("publication.autocreate.mode", "disabled");
        properties.setProperty(
                "table.include.list",
                config.tables().stream()
                        .map(table -> "public\\." + Pattern.quote(table))
                        .collect(Collectors.joining(",")));
        properties.setProperty("snapshot.mode", "no_data");
        properties.setProperty("skipped.operations", "none");
        // As text, for ColumnConverters.
        properties.setProperty("include.unknown.datatypes", "true");
        properties.setProperty("schema.name.adjustment.mode", "avro");
        // Columns keep their names until they are written: FieldNames.
        properties.setProperty("field.name.adjustment.mode", "none");
        properties.setProperty("schema.refresh.mode", "columns_diff_exclude_unchanged_toast");
        // Otherwise a value that cannot be converted would become NULL.
        properties.setProperty("event.converting.failure.handling.mode", "fail");
        properties.setProperty("logical.decoding.message.prefix.include.list", "waltally");
        // Labels of connector and task, which are the same in every record.
        properties.setProperty("extended.headers.enabled", "false");

        // A heartbeat shows that a transaction is complete if no other change follows it.
        properties.setProperty("heartbeat.interval.ms", "5");
        properties.setProperty("poll.interval.ms", "2");
        properties.setProperty("max.queue.size.in.bytes", Integer.toString(64 * 1024 * 1024));
        properties.setProperty("statistics.metrics.enabled", "false");

        // The watermark in Kafka is the only position; that of the engine lives as long as the engine.
        properties.setProperty("offset.storage", MemoryOffsetBackingStore.class.getName());
        properties.setProperty("offset.flush.interval.ms", "50");
        properties.setProperty("errors.max.retries", "0");
        properties.setProperty("record.processing.threads", "1");
        return properties;
    }

    /**
     * Runs until closed.
     *
     * @throws EngineException if the engine ended by itself
     * @throws CaptureException if it ended at a change that it cannot decode
     */
    public void run() {
        engine.run();
        Throwable cause = error;
        if (cause != null || message != null) {
            RuntimeException ended = new EngineException(message == null ? "the engine failed" : message, cause);
            throw PublicationGapException.in(ended, source, publication)
                    .<RuntimeException>map(Function.identity())
                    .or(() -> DecodingFailure.in(ended, source))
                    .orElse(ended);
        }
    }

    /** Ends the run, from another thread. Has no effect while the engine starts, and after it has ended. */
    @Override
    public void close() throws IOException {
        engine.close();
    }
}
