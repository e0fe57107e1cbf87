package io.waltally.app.config;

import io.waltally.app.config.value.Secret;
import io.waltally.schemas.Source;
import io.waltally.schemas.event.EventFilter;
import io.waltally.sinks.engine.Sink.OnRefused;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** A sink of the configuration. Its name identifies it in the target, in Kafka and in commands. */
public sealed interface ConfiguredSink {
    String name();

    /** The type, as in the configuration. */
    String type();

    /** The source whose data it writes. */
    Source source();

    /** The database that it writes to; empty for files. */
    Optional<TargetDatabase> target();

    /** The target, for messages; without credentials. */
    default String destination() {
        return target().map(TargetDatabase::address).orElseThrow();
    }

    /** Whether it is to run. */
    default boolean active() {
        return true;
    }

    /** The tables that no other sink may write. */
    Set<String> ownTables();

    /** Whether it writes whole transactions of the source, so that it takes no single record again. */
    default boolean writesTransactions() {
        return false;
    }

    /**
     * A database that a sink writes to.
     *
     * @param url JDBC URL, without user and password
     * @param statementTimeout longest statement
     * @param lockTimeout longest wait for a lock
     * @param ofSource whether it is the database of the sink's source
     */
    record TargetDatabase(
            String url, Account account, Duration statementTimeout, Duration lockTimeout, boolean ofSource) {
        /** Server and database, without parameters, for messages. */
        public String address() {
            return DatabaseUrl.address(url);
        }

        /** The same for all URLs of the database, as far as the texts of the URLs show. */
        String identity() {
            return DatabaseUrl.identity(url);
        }
    }

    /** Writes to a database. */
    sealed interface InDatabase extends ConfiguredSink {
        TargetDatabase database();

        @Override
        default Optional<TargetDatabase> target() {
            return Optional.of(database());
        }
    }

    /** Writes tallies as columns of a table of the application's shape. */
    sealed interface Tallies extends InDatabase {
        Mode mode();

        @Override
        default Set<String> ownTables() {
            return Set.of("the shadow table of " + type() + " in " + database().identity());
        }

        @Override
        default boolean active() {
            return mode() != Mode.OFF;
        }
    }

    /** The tables that tallies are written to. */
    enum Mode {
        /** Nowhere. */
        OFF,
        /** To tables of waltally's own. */
        SHADOW,
        /** To the application's tables. */
        AUTHORITATIVE;

        public String id() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Tallies of backends, as columns of {@code backend_quotas}. */
    record BackendQuotas(String name, Mode mode, TargetDatabase database, OnRefused onRefused) implements Tallies {
        @Override
        public String type() {
            return SinkType.BACKEND_QUOTAS.id();
        }

        @Override
        public Source source() {
            return Source.S3;
        }
    }

    /** Tallies of collections, as columns of {@code user_collections}. */
    record UserCollections(String name, Mode mode, TargetDatabase database, OnRefused onRefused) implements Tallies {
        @Override
        public String type() {
            return SinkType.USER_COLLECTIONS.id();
        }

        @Override
        public Source source() {
            return Source.SYNC;
        }
    }

    /**
     * Notifications, as rows of {@code notification_outbox}.
     *
     * @param fromBeginning whether a new sink begins with the first notification of the topic
     */
    record NotificationOutbox(
            String name, List<Endpoint> endpoints, boolean fromBeginning, TargetDatabase database, OnRefused onRefused)
            implements InDatabase {
        public NotificationOutbox {
            endpoints = List.copyOf(endpoints);
        }

        /**
         * A receiver of the application's own worker.
         *
         * @param url may contain a secret
         */
        public record Endpoint(Secret url, EventFilter filter) {}

        /** Rows of several sinks stand beside each other. */
        @Override
        public Set<String> ownTables() {
            return Set.of();
        }

        @Override
        public String type() {
            return SinkType.NOTIFICATION_OUTBOX.id();
        }

        @Override
        public Source source() {
            return Source.S3;
        }
    }

    /**
     * Copies of captured tables in PostgreSQL.
     *
     * @param atomic whether whole transactions of the source become visible at once
     */
    record Replica(
            String name,
            Source source,
            List<String> tables,
            String schema,
            boolean atomic,
            TargetDatabase database,
            OnRefused onRefused)
            implements InDatabase {
        public Replica {
            tables = List.copyOf(tables);
        }

        @Override
        public boolean writesTransactions() {
            return atomic;
        }

        @Override
        public Set<String> ownTables() {
            return tables.stream()
                    .map(table -> schema + "." + table + " in " + database.identity())
                    .collect(Collectors.toSet());
        }

        @Override
        public String type() {
            return SinkType.POSTGRES.id();
        }
    }

    /** Captured tables as Apache Iceberg tables. */
    record Lake(String name, Source source, List<String> tables, Path warehouse) implements ConfiguredSink {
        public Lake {
            tables = List.copyOf(tables);
        }

        @Override
        public boolean writesTransactions() {
            return true;
        }

        @Override
        public Set<String> ownTables() {
            return tables.stream()
                    .map(table -> source + "." + table + " in "
                            + warehouse.toAbsolutePath().normalize())
                    .collect(Collectors.toSet());
        }

        @Override
        public String destination() {
            return warehouse.toString();
        }

        @Override
        public String type() {
            return SinkType.ICEBERG.id();
        }

        @Override
        public Optional<TargetDatabase> target() {
            return Optional.empty();
        }
    }
}
