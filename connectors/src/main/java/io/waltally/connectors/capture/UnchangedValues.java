package io.waltally.connectors.capture;

import io.confluent.connect.avro.AvroConverter;
import io.confluent.connect.avro.AvroDataConfig;
import io.confluent.kafka.serializers.AbstractKafkaSchemaSerDeConfig;
import io.waltally.schemas.Operation;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a row's unchanged TOASTed values over to its new primary key. The server sends them with no update; where the
 * key changed, the new key's first record would be without them for good (ADR 0009). So would be a row that is updated
 * while its table is read beside the stream, and whose record of the snapshot is left out for that.
 *
 * <p>They are looked for, in this order, in the row's current version if it is this transaction's own, in the records of
 * the old key, in those of the new one, and in the current version whosever it is.
 */
final class UnchangedValues {
    private static final Logger LOGGER = LoggerFactory.getLogger(UnchangedValues.class);

    /** So many rows of one transaction, and it is time to ask whether queries see it. */
    private static final int MANY = 10_000;

    /** On the insert by which Debezium expresses the second half of a changed primary key. */
    private static final String OLD_KEY_HEADER = "__debezium.oldkey";

    private final CurrentRows currentRows;
    private final RecordEncoder encoder;
    private final WriterView view;
    private final AvroConverter converter = new AvroConverter();

    /** The last transaction that changed a table that is being read, and unless queries see it, the rows it touched. */
    private long transaction = -1;

    private boolean visible;
    private final Set<Struct> touched = new HashSet<>();

    UnchangedValues(CurrentRows currentRows, RecordEncoder encoder, WriterView view, String registryUrl) {
        this.currentRows = currentRows;
        this.encoder = encoder;
        this.view = view;
        this.converter.configure(
                Map.of(
                        AbstractKafkaSchemaSerDeConfig.SCHEMA_REGISTRY_URL_CONFIG,
                        registryUrl,
                        AvroDataConfig.IGNORE_DEFAULT_FOR_NULLABLES_CONFIG,
                        true),
                false);
    }

    /**
     * Completes the new row of a record, if it is one under a changed primary key. What is found nowhere stays Debezium's
     * placeholder, and is logged.
     *
     * @param unsent sends what it can, and gives the records of the open transaction that the cluster does not have yet
     */
    void complete(SourceRecord record, Supplier<Collection<ProducerRecord<byte[], byte[]>>> unsent) {
        Header changedKey = record.headers().lastWithName(OLD_KEY_HEADER);
        if (changedKey == null) {
            return;
        }
        Struct row = ((Struct) record.value()).getStruct("after");
        Struct oldKey = (Struct) changedKey.value();
        List<Field> missing = missing(row);
        if (missing.isEmpty()) {
            return;
        }
        Struct source = ((Struct) record.value()).getStruct("source");
        Optional<CurrentRows.Version> current = current(source, (Struct) record.key(), missing);
        if (current.isPresent() && current.get().own()) {
            fill(row, missing, current.get().values());
        }
        missing = missing(row);
        if (!missing.isEmpty()) {
            fill(row, missing, lastKnown(record.topic(), oldKey, false, row, unsent.get()));
        }
        missing = missing(row);
        if (!missing.isEmpty()) {
            // A snapshot that was cut off is newer than the stream: it may have read the row under its new key already.
            fill(row, missing, lastKnown(record.topic(), (Struct) record.key(), true, row, unsent.get()));
        }
        missing = missing(row);
        if (!missing.isEmpty() && current.isPresent()) {
            fill(row, missing, current.get().values());
        }
        for (Field field : missing(row)) {
            LOGGER.warn(
                    "{}.{}: the row that was {} is {} now, and its unchanged value of column {} is neither in the table"
                            + " any more nor in topic {}: its record holds {}",
                    source.getString("schema"),
                    source.getString("table"),
                    oldKey,
                    record.key(),
                    field.name(),
                    record.topic(),
                    Placeholder.TEXT);
        }
    }

    /**
     * Completes the new row of a record of a table that is being read beside the stream, by what the table has now. That is
     * as it was after this transaction, or newer, and then the stream tells that too; or while queries do not see the
     * transaction yet, as it was before: the same, if the transaction had not changed the row already. Where it had, an
     * earlier record has the value. A row that is gone stays as it is.
     */
    void completeFromTable(SourceRecord record) {
        if (!(record.value() instanceof Struct envelope)) {
            return;
        }
        Struct source = envelope.getStruct("source");
        long transactionId = source.getInt64("txId");
        if (transactionId != transaction) {
            transaction = transactionId;
            visible = false;
            touched.clear();
        }
        Struct row = envelope.getStruct("after");
        List<Field> missing = row == null ? List.of() : missing(row);
        try {
            if (!visible && (!missing.isEmpty() || touched.size() >= MANY)) {
                visible = currentRows.see(transactionId);
            }
            if (visible) {
                touched.clear();
            } else if (!touched.add((Struct) record.key())) {
                return;
            }
            if (missing.isEmpty()) {
                return;
            }
            currentRows
                    .find(
                            transactionId,
                            source.getString("schema"),
                            source.getString("table"),
                            (Struct) record.key(),
                            missing)
                    .ifPresent(version -> fill(row, missing, version.values()));
        } catch (SQLException e) {
            throw new SourceQueryException("reading a row of table " + source.getString("table"), e);
        }
    }

    private static List<Field> missing(Struct row) {
        List<Field> missing = new ArrayList<>();
        for (Field field : row.schema().fields()) {
            if (Placeholder.is(row.getWithoutDefault(field.name()))) {
                missing.add(field);
            }
        }
        return missing;
    }

    private static void fill(Struct row, List<Field> missing, Map<String, Object> values) {
        for (Field field : missing) {
            Object value = values.get(field.name());
            if (value != null) {
                try {
                    row.put(field, value);
                } catch (DataException e) {
                    // The column had another type then: not a value of this row.
                    LOGGER.debug("column {}", field.name(), e);
                }
            }
        }
    }

    private Optional<CurrentRows.Version> current(Struct source, Struct key, List<Field> columns) {
        try {
            return currentRows.findAfter(
                    source.getInt64("txId"), source.getString("schema"), source.getString("table"), key, columns);
        } catch (SQLException e) {
            throw new SourceQueryException("reading a row of table " + source.getString("table"), e);
        }
    }

    /**
     * What the records of a key say last of each column that a row is missing.
     *
     * @param live only of a row that is there
     */
    private Map<String, Object> lastKnown(
            String topic,
            Struct keyValues,
            boolean live,
            Struct row,
            Collection<ProducerRecord<byte[], byte[]>> unsent) {
        RecordEncoder.Key key = encoder.encodeKey(topic, keyValues.schema(), keyValues);
        List<Field> columns = missing(row);
        Map<String, String> names = FieldNames.byColumn(row.schema());
        Map<String, Object> found = new HashMap<>();
        view.scanFromEnd(key.partition(), unsent, part -> {
            RowLife life = new RowLife(columns, names);
            part.read((offset, bytes, value) -> {
                if (key.hasBody(bytes)) {
                    life.see(envelope(topic, value));
                }
            });
            if (live && life.ended) {
                return true;
            }
            life.values.forEach(found::putIfAbsent);
            return life.began || found.size() == columns.size();
        });
        return found;
    }

    private @Nullable Struct envelope(String topic, byte @Nullable [] value) {
        return value == null
                ? null
                : (Struct) converter.toConnectData(topic, value).value();
    }

    /** The values of the row that had a key last, and whether it began where this looked. */
    private static final class RowLife {
        private final List<Field> columns;
        private final Map<String, String> names;
        private final Map<String, Object> values = new HashMap<>();
        private boolean ended;
        private boolean began;

        RowLife(List<Field> columns, Map<String, String> names) {
            this.columns = columns;
            this.names = names;
        }

        void see(@Nullable Struct envelope) {
            Struct row = envelope == null ? null : envelope.getStruct("after");
            if (row == null) {
                ended = true;
                return;
            }
            if (ended || Operation.CREATE.code().equals(envelope.getString("op"))) {
                values.clear();
                ended = false;
                began = true;
            }
            for (Field column : columns) {
                Field then = row.schema().field(names.get(column.name()));
                Object value = then == null ? null : row.getWithoutDefault(then.name());
                if (value == null) {
                    values.remove(column.name());
                } else if (!Placeholder.is(value)) {
                    values.put(column.name(), value);
                }
            }
        }
    }
}
