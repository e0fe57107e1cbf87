package io.waltally.connectors.capture.debezium;

import io.debezium.bean.StandardBeanNames;
import io.debezium.config.CommonConnectorConfig;
import io.debezium.connector.postgresql.PostgresType;
import io.debezium.connector.postgresql.TypeRegistry;
import io.debezium.connector.postgresql.connection.PostgresConnection;
import io.debezium.pipeline.ChangeEventSourceCoordinator;
import io.debezium.pipeline.EventDispatcher;
import io.debezium.pipeline.signal.actions.SignalAction;
import io.debezium.pipeline.signal.actions.SignalActionProvider;
import io.debezium.pipeline.spi.Partition;
import io.debezium.spi.schema.DataCollectionId;
import java.lang.reflect.Field;
import java.util.AbstractSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Keeps a row with an enum label that Debezium does not know from changing how the rows after it are decoded. For such a
 * label, which a renamed one is at each row, and any of a domain over an enum, Debezium replaces the table's columns by
 * those of the catalogue. Rows that follow in the log without a description of their columns are then decoded by these:
 * where a column was dropped in between, or is generated, their values go to other columns.
 *
 * <p>Like {@link DisabledStreamingMetrics} this is asked before the stream is read. Affects only engines with {@link
 * #PROPERTY} in their configuration.
 */
public final class UnknownEnumLabels implements SignalActionProvider {
    static final String PROPERTY = "waltally.enum.unknown-labels";

    @Override
    @SuppressWarnings("deprecation") // the only way to a setting that is not Debezium's
    public <P extends Partition> Map<String, SignalAction<P>> createActions(
            EventDispatcher<P, ? extends DataCollectionId> dispatcher,
            ChangeEventSourceCoordinator<P, ?> coordinator,
            CommonConnectorConfig config) {
        if (config.getConfig().getBoolean(PROPERTY, false)) {
            accept(config.getBeanRegistry()
                    .lookupByName(StandardBeanNames.JDBC_CONNECTION, PostgresConnection.class)
                    .getTypeRegistry());
        }
        return Map.of();
    }

    /** Replaces the known labels of all enums of the registry, and of those that it reads later. */
    @SuppressWarnings("unchecked")
    private static void accept(TypeRegistry registry) {
        try {
            Field types = TypeRegistry.class.getDeclaredField("oidToType");
            types.setAccessible(true);
            Types accepting = new Types(registry);
            ((Map<Integer, PostgresType>) types.get(registry)).forEach(accepting::put);
            types.set(registry, accepting);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this version of Debezium keeps its types elsewhere", e);
        }
    }

    /** Types by OID. The labels of each enum that is put here are {@link Labels}. */
    private static final class Types extends HashMap<Integer, PostgresType> {
        private static final long serialVersionUID = 1;

        private final transient TypeRegistry registry;

        /** By OID: the unknown labels for which the type was read again. */
        private final transient Map<Integer, Set<Object>> asked = new HashMap<>();

        Types(TypeRegistry registry) {
            this.registry = registry;
        }

        @Override
        public PostgresType put(Integer oid, PostgresType type) {
            if (type.isEnumType() && !(type.getEnumValues() instanceof Labels)) {
                try {
                    Field labels = PostgresType.class.getDeclaredField("enumValues");
                    labels.setAccessible(true);
                    labels.set(type, new Labels(type.getEnumValues(), label -> readAgain(oid, label)));
                } catch (ReflectiveOperationException e) {
                    throw new IllegalStateException("this version of Debezium keeps labels of enums elsewhere", e);
                }
            }
            return super.put(oid, type);
        }

        /** Tables that are described from now on have the new labels in their schemas. */
        private void readAgain(Integer oid, Object label) {
            if (asked.computeIfAbsent(oid, first -> new HashSet<>()).add(label)) {
                registry.refresh(oid);
            }
        }
    }

    /** The known labels of an enum, which any other label seems to be, too. */
    private static final class Labels extends AbstractSet<String> {
        private final Set<String> known;
        private final Consumer<Object> unknown;

        Labels(Set<String> known, Consumer<Object> unknown) {
            this.known = known;
            this.unknown = unknown;
        }

        @Override
        public boolean contains(Object label) {
            if (!known.contains(label)) {
                unknown.accept(label);
            }
            return true;
        }

        @Override
        public Iterator<String> iterator() {
            return known.iterator();
        }

        @Override
        public int size() {
            return known.size();
        }
    }
}
