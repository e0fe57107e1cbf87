package io.waltally.app.local;

import io.waltally.app.command.CommandFailure;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.SourceSettings;
import io.waltally.app.run.Instance;
import io.waltally.app.run.SourceConnections;
import io.waltally.app.run.StopSignal;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/** Waits, once nothing is written any more, until everything that was written is in the tallies. */
final class AppliedWait {
    private static final Duration POLL = Duration.ofMillis(100);

    /** Longer than the topologies take from reading a record to committing what follows from it. */
    private static final Duration QUIET = Duration.ofSeconds(1);

    private final Configuration configuration;
    private final Instance instance;
    private final StopSignal stop;
    private final Duration patience;

    AppliedWait(Configuration configuration, Instance instance, StopSignal stop, Duration patience) {
        this.configuration = configuration;
        this.instance = instance;
        this.stop = stop;
        this.patience = patience;
    }

    /**
     * Waits for capture to pass the server's LSN of now, then for the topologies to have consumed all that is committed.
     *
     * @return false if the stop signal came first
     * @throws CommandFailure saying what did not arrive in time
     */
    boolean await() throws SQLException {
        Map<Source, Lsn> written = new EnumMap<>(Source.class);
        for (SourceSettings source : configuration.sources().values()) {
            written.put(source.source(), serverLsn(source));
        }
        for (Map.Entry<Source, Lsn> source : written.entrySet()) {
            if (!until(
                    () -> instance.captured(source.getKey())
                            .map(captured -> captured.compareTo(source.getValue()) >= 0)
                            .orElse(false),
                    "capture of " + source.getKey() + " to pass " + source.getValue())) {
                return false;
            }
        }
        try (Admin admin = Admin.create(Map.copyOf(configuration.kafka().properties()))) {
            Quiet quiet = new Quiet(admin, configuration.streams().pipeline().applicationId());
            return until(quiet::reached, "the topologies to consume everything");
        }
    }

    private boolean until(BooleanSupplier condition, String what) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            Optional<String> ended = instance.ended();
            if (ended.isPresent()) {
                throw new CommandFailure(ended.get());
            }
            if (System.nanoTime() > deadline) {
                throw new CommandFailure("waited " + patience.toSeconds() + " s for " + what + ", in vain");
            }
            if (stop.await(POLL)) {
                return false;
            }
        }
        return true;
    }

    static Lsn serverLsn(SourceSettings source) throws SQLException {
        try (Connection connection = SourceConnections.open(source);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn()")) {
            row.next();
            return Lsn.parse(row.getString(1));
        }
    }

    /**
     * Whether a consumer group stands at the end of all its topics and has done so for a while: what it writes to
     * repartition topics, it has consumed as well.
     */
    private static final class Quiet {
        private final Admin admin;
        private final String group;
        private Map<TopicPartition, Long> before = Map.of();
        private long since;

        Quiet(Admin admin, String group) {
            this.admin = admin;
            this.group = group;
        }

        boolean reached() {
            Map<TopicPartition, Long> consumed = new HashMap<>();
            get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
                    .forEach((partition, offset) -> consumed.put(partition, offsetOrZero(offset)));
            Map<TopicPartition, Long> ends = ends(consumed);
            boolean atEnd = !ends.isEmpty()
                    && ends.entrySet().stream().allMatch(end -> consumed.get(end.getKey()) >= end.getValue());
            long now = System.nanoTime();
            if (!atEnd || !ends.equals(before)) {
                before = atEnd ? ends : Map.of();
                since = now;
                return false;
            }
            return now - since >= QUIET.toNanos();
        }

        private static long offsetOrZero(OffsetAndMetadata offset) {
            return offset == null ? 0 : offset.offset();
        }

        private Map<TopicPartition, Long> ends(Map<TopicPartition, Long> consumed) {
            return get(admin.listOffsets(
                                    consumed.keySet().stream()
                                            .collect(Collectors.toMap(
                                                    partition -> partition, partition -> OffsetSpec.latest())),
                                    new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                            .all())
                    .entrySet()
                    .stream()
                    .collect(Collectors.toMap(
                            Map.Entry::getKey, end -> end.getValue().offset()));
        }

        private static <T> T get(KafkaFuture<T> future) {
            try {
                return future.get();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new KafkaException("interrupted", e);
            } catch (ExecutionException e) {
                throw new KafkaException(e.getCause());
            }
        }
    }
}
