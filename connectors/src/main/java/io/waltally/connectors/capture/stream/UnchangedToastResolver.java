package io.waltally.connectors.capture.stream;

import io.confluent.connect.avro.AvroConverter;
import io.confluent.connect.avro.AvroDataConfig;
import io.waltally.connectors.capture.encoding.FieldNames;
import io.waltally.connectors.capture.encoding.RecordEncoder;
import io.waltally.connectors.capture.encoding.UnchangedToast;
import io.waltally.connectors.capture.error.SourceQueryException;
import io.waltally.connectors.capture.publishing.OwnTransactionsReader;
import io.waltally.connectors.capture.source.CurrentRowReader;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Operation;
import io.waltally.schemas.serde.RegistryAccess;
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
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fills in the unchanged TOASTed values of a row. The server never sends them with an update. If the update changed the
 * primary key, the first record of the new key would lack them for good (ADR 0009). The same holds for a row that is
 * updated while its table is read, so that its record of the snapshot is omitted.
 *
 * <p>Looks for the values in this order: in the current row, if it is this transaction's version and no later record
 * of the transaction replaces it; in the records of the
 * old key; in those of the new key; and in the current row, whosever version it is.
 */
public final class UnchangedToastResolver {
    private static final Logger LOG = LoggerFactory.getLogger(UnchangedToastResolver.class);

    /** Number of rows of a transaction after which to check whether the transaction is visible. */
    private static final int MANY = 10_000;

    private final CurrentRowReader currentRows;
    private final RecordEncoder encoder;
    private final OwnTransactionsReader view;
    private final AvroConverter converter = new AvroConverter();

    /**
     * The last transaction that changed a table that is being read, and the rows that it changed, unless it is visible.
     */
    private long transaction = -1;

    private boolean visible;
    private final Set<Struct> seen = new HashSet<>();

    public UnchangedToastResolver(
            CurrentRowReader currentRows, RecordEncoder encoder, OwnTransactionsReader view, RegistryAccess registry) {
        this.currentRows = currentRows;
        this.encoder = encoder;
        this.view = view;
        Map<String, Object> properties = registry.serdeProperties();
        properties.put(AvroDataConfig.IGNORE_DEFAULT_FOR_NULLABLES_CONFIG, true);
        this.converter.configure(properties, false);
    }

    /** Whether {@link #complete} fills in values of the record, so that it needs the records after it. */
    static boolean dependsOnLaterRecords(SourceRecord record) {
        return record.headers().lastWithName(ChangeHeaders.OLD_KEY) != null
                && !missing(((Struct) record.value()).getStruct("after")).isEmpty();
    }

    /**
     * Completes the new row of a record after a change of its primary key. A value that is found nowhere remains
     * Debezium's placeholder, and is logged.
     *
     * @param later records of the same transaction; as far as it reaches, a value that the transaction gave the row
     *     afterwards is not taken
     * @param unsent flushes, and returns the records of the open transaction that were not sent yet
     */
    void complete(
            SourceRecord record,
            TransactionLookahead later,
            Supplier<Collection<ProducerRecord<byte[], byte[]>>> unsent) {
        if (!dependsOnLaterRecords(record)) {
            return;
        }
        Struct oldKey =
                (Struct) record.headers().lastWithName(ChangeHeaders.OLD_KEY).value();
        Struct row = ((Struct) record.value()).getStruct("after");
        List<Field> missing = missing(row);
        Struct source = ((Struct) record.value()).getStruct("source");
        Optional<CurrentRowReader.Version> current = current(source, (Struct) record.key(), missing);
        if (current.isPresent() && current.get().own() && !isReplaced(record, missing, later)) {
            fill(row, missing, current.get().values());
        }
        missing = missing(row);
        if (!missing.isEmpty()) {
            fill(row, missing, lastKnown(record.topic(), oldKey, false, row, unsent.get()));
        }
        missing = missing(row);
        if (!missing.isEmpty()) {
            // An interrupted snapshot is newer than the stream: it may have read the row under its new key.
            fill(row, missing, lastKnown(record.topic(), (Struct) record.key(), true, row, unsent.get()));
        }
        missing = missing(row);
        if (!missing.isEmpty() && current.isPresent()) {
            fill(row, missing, current.get().values());
        }
        for (Field field : missing(row)) {
            LOG.warn(
                    "{}.{}: key {} became {}; the unchanged value of column {} was found neither in the table nor in topic"
                            + " {}, so the record carries the placeholder {}",
                    source.getString("schema"),
                    source.getString("table"),
                    oldKey,
                    record.key(),
                    field.name(),
                    record.topic(),
                    UnchangedToast.TEXT);
        }
    }

    /**
     * Completes the new row of a record whose table is being read, from the current row. That is the row after this
     * transaction, or a newer one, whose change follows in the stream. While the transaction is not visible, it is the
     * row before it, which has the same values unless the transaction changed the row before; then an earlier record
     * has them. A row that no longer exists is left as it is.
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
            seen.clear();
        }
        Struct row = envelope.getStruct("after");
        List<Field> missing = row == null ? List.of() : missing(row);
        try {
            if (!visible && (!missing.isEmpty() || seen.size() >= MANY)) {
                visible = currentRows.see(transactionId);
            }
            if (visible) {
                seen.clear();
            } else if (!seen.add((Struct) record.key())) {
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
            throw new SourceQueryException("cannot read a row of table " + source.getString("table"), e);
        }
    }

    private static List<Field> missing(Struct row) {
        List<Field> missing = new ArrayList<>();
        for (Field field : row.schema().fields()) {
            if (UnchangedToast.is(row.getWithoutDefault(field.name()))) {
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
                    // The column had another type then, so this is not a value of this row.
                    LOG.debug("column {}", field.name(), e);
                }
            }
        }
    }

    /** Whether a later record of the key ends the row, or gives one of the columns a value. */
    private static boolean isReplaced(SourceRecord record, List<Field> columns, TransactionLookahead later) {
        return later.isFollowedBy(record, next -> {
            Struct row = next.value() instanceof Struct envelope ? envelope.getStruct("after") : null;
            return row == null || !missing(row).containsAll(columns);
        });
    }

    private Optional<CurrentRowReader.Version> current(Struct source, Struct key, List<Field> columns) {
        try {
            return currentRows.findAfter(
                    source.getInt64("txId"), source.getString("schema"), source.getString("table"), key, columns);
        } catch (SQLException e) {
            throw new SourceQueryException("cannot read a row of table " + source.getString("table"), e);
        }
    }

    /**
     * The last values of the missing columns in the records of a key.
     *
     * @param live only of a row that exists
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

    /** The last values of a row with that key, and whether they began in the records that were read. */
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
                } else if (!UnchangedToast.is(value)) {
                    values.put(column.name(), value);
                }
            }
        }
    }
}
