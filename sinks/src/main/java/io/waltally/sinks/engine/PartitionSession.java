package io.waltally.sinks.engine;

import io.waltally.schemas.Counted;
import io.waltally.schemas.ReplayRequest;
import io.waltally.schemas.control.DeadLetterEventType;
import io.waltally.schemas.control.SinkControl;
import io.waltally.sinks.target.CompletePosition;
import io.waltally.sinks.target.Target;
import io.waltally.sinks.target.TargetException;
import io.waltally.sinks.target.TopicOffsets;
import io.waltally.sinks.target.WriterClaim;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the partitions that the sink's consumer group assigns to this instance: the records of a poll in one
 * transaction of the target.
 */
final class PartitionSession implements Session, ConsumerRebalanceListener {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionSession.class);

    private static final Duration POLL = Duration.ofMillis(500);
    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Sink sink;
    private final SinkInput.Partitions input;
    private final String replays;
    private final Target target;
    private final Consumer<byte[], byte[]> consumer;
    private final ReadTopics topics;
    private final SinkControl control;
    private final SinkDeadLetters deadLetters;
    private final ReplayedRecords replayed;
    private final SinkMeasures measures;
    private final LagObserver lag;
    private final RefusedRecords refused;
    private final OccurrenceLimit refusals;
    private final CompletePositionTracker completePosition = new CompletePositionTracker();
    private final Map<TopicPartition, Long> written = new HashMap<>();
    private final Set<TopicPartition> all = new HashSet<>();
    private final Map<TopicPartition, Unreported> unreported = new HashMap<>();
    private Optional<RuntimeException> refusedAssignment = Optional.empty();
    private Optional<String> missingRows = Optional.empty();
    private boolean assigned;
    private long confirmed = System.nanoTime();
    private long maintained = System.nanoTime() - SECOND_NANOS;

    /** Offsets of a replay topic: inclusive, exclusive. */
    private record Unreported(long from, long to) {}

    /**
     * @param control the last request of an operator
     * @param refusals bounds the records that are set aside, over all sessions
     */
    PartitionSession(
            Sink sink,
            SinkInput.Partitions input,
            String replays,
            Target target,
            SinkConsumers consumers,
            ReadTopics topics,
            SinkControl control,
            SinkDeadLetters deadLetters,
            OccurrenceLimit refusals,
            SinkMeasures measures,
            LagObserver lag) {
        this.sink = sink;
        this.input = input;
        this.replays = replays;
        this.target = target;
        this.topics = topics;
        this.control = control;
        this.deadLetters = deadLetters;
        this.refusals = refusals;
        this.measures = measures;
        this.lag = lag;
        refused = new RefusedRecords(sink, deadLetters, measures);
        replayed = new ReplayedRecords(sink, input.order(), () -> consumers.reader(sink, "replay"));
        consumer = consumers.member(sink);
        Set<String> read = new HashSet<>(input.topics());
        read.add(replays);
        consumer.subscribe(read, this);
    }

    @Override
    public boolean step() {
        ConsumerRecords<byte[], byte[]> polled = poll();
        refusedAssignment.ifPresent(failure -> {
            throw failure;
        });
        unreported.forEach(this::reportHandled);
        unreported.clear();
        if (assigned) {
            assigned = false;
            commitPositionsToGroup();
        }
        boolean wrote = !polled.isEmpty();
        if (wrote) {
            writePolled(polled);
        }
        if (System.nanoTime() - maintained >= SECOND_NANOS) {
            maintained = System.nanoTime();
            maintain();
        }
        return wrote;
    }

    /** Replays that the target is beyond, and whose results a session before this one may not have reported. */
    private void reportHandled(TopicPartition partition, Unreported range) {
        replayed.between(partition, range.from(), range.to())
                .forEach(replay -> replayed.original(replay)
                        .flatMap(original -> ReplayRequest.from(replay.headers()))
                        .ifPresent(request -> deadLetters.report(request, sink, DeadLetterEventType.HANDLED, "")));
        commitToGroup(Map.of(partition, range.to()));
    }

    private ConsumerRecords<byte[], byte[]> poll() {
        try {
            return consumer.poll(POLL);
        } catch (OffsetOutOfRangeException e) {
            e.offsetOutOfRangePartitions().forEach(this::continueBeyondDeleted);
            return ConsumerRecords.empty();
        } catch (NoOffsetForPartitionException e) {
            // A consequence of the refused assignment.
            throw refusedAssignment.orElse(e);
        }
    }

    private void continueBeyondDeleted(TopicPartition partition, long offset) {
        long beginning = consumer.beginningOffsets(Set.of(partition)).get(partition);
        boolean expired = offset < beginning && input.order() == SinkInput.Order.EVERY_RECORD;
        if (!expired && !partition.topic().equals(replays)) {
            throw new TargetException(
                    TargetException.Kind.FOREIGN,
                    ("%s has %s up to offset %d, but the topic begins at %d: it has lost records, or was restored."
                                    + " To read it again from the beginning: waltally sinks resume %s --reset")
                            .formatted(sink.destination(), partition, offset, beginning, sink));
        }
        if (expired) {
            LOG.error(
                    "sink {}: records of {} from offset {} to {} are past their retention and were not written",
                    sink,
                    partition,
                    offset,
                    beginning - 1);
        }
        consumer.seek(partition, beginning);
    }

    private void writePolled(ConsumerRecords<byte[], byte[]> polled) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>(polled.count());
        Map<TopicPartition, Long> next = new HashMap<>();
        for (TopicPartition partition : polled.partitions()) {
            next.put(partition, consumer.position(partition));
            if (!partition.topic().equals(replays)) {
                records.addAll(polled.records(partition));
            }
        }
        if (!records.isEmpty()) {
            Map<TopicPartition, Long> ofRecords = new HashMap<>(next);
            ofRecords.keySet().removeIf(partition -> partition.topic().equals(replays));
            write(records, ofRecords);
        }
        for (TopicPartition partition : polled.partitions()) {
            if (partition.topic().equals(replays)) {
                polled.records(partition).forEach(this::writeReplay);
            }
        }
        commitToGroup(next);
    }

    /**
     * For tools that show lag; positions are in the target. Of replays, the offset also says whose results were reported.
     */
    private void commitToGroup(Map<TopicPartition, Long> next) {
        consumer.commitAsync(offsets(next), (offsets, failure) -> {
            if (failure != null) {
                LOG.debug("sink {}: offsets not committed", sink, failure);
            }
        });
    }

    /**
     * Copies the positions of the target to the consumer group, whose offsets may be absent or older than a reset. Offsets
     * of the replay topic are ahead of the target and stay.
     */
    private void commitPositionsToGroup() {
        Map<TopicPartition, Long> positions = new HashMap<>(written);
        positions.keySet().removeIf(partition -> partition.topic().equals(replays));
        commitToGroup(positions);
    }

    /** Reports the result after the target has committed it: what is not reported then is, by the next session. */
    private void writeReplay(ConsumerRecord<byte[], byte[]> replay) {
        Map<TopicPartition, Long> next = after(List.of(replay));
        Optional<ConsumerRecord<byte[], byte[]>> original = replayed.original(replay);
        Optional<String> obstacle = original.flatMap(record -> replayed.obstacle(
                record, written.getOrDefault(new TopicPartition(record.topic(), record.partition()), 0L)));
        Optional<ConsumerRecord<byte[], byte[]>> effective = original.filter(record -> obstacle.isEmpty());
        Optional<TargetException> refusal =
                write(effective.map(List::of).orElse(List.of()), next).stream().findFirst();
        original.flatMap(record -> ReplayRequest.from(replay.headers())).ifPresent(request -> {
            if (obstacle.isPresent()) {
                deadLetters.report(request, sink, DeadLetterEventType.SUPERSEDED, obstacle.get());
            } else if (refusal.isPresent()) {
                deadLetters.report(
                        request,
                        sink,
                        DeadLetterEventType.REFUSED,
                        refusal.get().getMessage());
            } else {
                deadLetters.report(request, sink, DeadLetterEventType.WRITTEN, "");
            }
        });
        original.ifPresent(record -> LOG.info(
                "sink {}: replay of {}-{} offset {} {}",
                sink,
                record.topic(),
                record.partition(),
                record.offset(),
                obstacle.map(reason -> "skipped: " + reason)
                        .orElse(refusal.isPresent() ? "refused again" : "written")));
    }

    /** Returns why records were set aside. */
    private List<TargetException> write(List<ConsumerRecord<byte[], byte[]>> records, Map<TopicPartition, Long> next) {
        try {
            PolledRecords polled = PolledRecords.of(records, target);
            transaction(polled, TopicOffsets.of(next));
            return List.copyOf(polled.refused().values());
        } catch (TargetException e) {
            if (e.kind() != TargetException.Kind.REFUSED
                    || sink.onRefused() == Sink.OnRefused.STOP
                    || records.isEmpty()) {
                throw e;
            }
            return isolate(records, next, e);
        }
    }

    /** Finds the refused records by halving, so that the others are written. */
    private List<TargetException> isolate(
            List<ConsumerRecord<byte[], byte[]>> records, Map<TopicPartition, Long> next, TargetException reason) {
        if (records.size() == 1) {
            if (!refusals.permits(System.nanoTime())) {
                throw new TargetException(
                        TargetException.Kind.MISCONFIGURED,
                        "%s refuses more than %d records in a minute, so not single records are wrong: %s"
                                .formatted(sink.destination(), refusals.limit(), reason.getMessage()),
                        reason);
            }
            transaction(new PolledRecords(List.of(), Map.of(records.get(0), reason)), TopicOffsets.of(next));
            return List.of(reason);
        }
        int middle = records.size() / 2;
        List<ConsumerRecord<byte[], byte[]>> first = records.subList(0, middle);
        List<TargetException> reasons = new ArrayList<>(write(first, after(first)));
        reasons.addAll(write(records.subList(middle, records.size()), next));
        return reasons;
    }

    /** Writes only positions. */
    private void advance(TopicOffsets next) {
        transaction(new PolledRecords(List.of(), Map.of()), next);
    }

    private void transaction(PolledRecords polled, TopicOffsets next) {
        List<ConsumerRecord<byte[], byte[]>> records = polled.accepted();
        long rows = 0;
        target.begin();
        try {
            if (!records.isEmpty()) {
                rows = target.apply(records);
            }
            polled.refused().forEach(this::setAside);
            target.commit(next);
        } catch (RuntimeException e) {
            target.rollback();
            throw e;
        }
        written.putAll(next.next());
        if (!records.isEmpty()) {
            measures.wrote(records.size(), rows);
            records.stream()
                    .map(record -> Instant.ofEpochMilli(record.timestamp()))
                    .max(Instant::compareTo)
                    .ifPresent(lag::wrote);
        }
    }

    private void setAside(ConsumerRecord<byte[], byte[]> record, TargetException reason) {
        if (target.refusal(record).isEmpty()) {
            target.noteSetAside(record);
        }
        refused.setAside(record, reason);
    }

    private static Map<TopicPartition, Long> after(List<ConsumerRecord<byte[], byte[]>> records) {
        Map<TopicPartition, Long> next = new HashMap<>();
        records.forEach(
                record -> next.put(new TopicPartition(record.topic(), record.partition()), record.offset() + 1));
        return next;
    }

    private Map<TopicPartition, OffsetAndMetadata> offsets(Map<TopicPartition, Long> next) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        next.forEach((partition, offset) -> offsets.put(partition, GroupBacklog.offset(offset, lag.lastWritten())));
        return offsets;
    }

    private void maintain() {
        advancePastTransactionMarkers();
        confirmPositions();
        target.maintain();
        if (!written.isEmpty()) {
            Optional<CompletePosition> reached =
                    completePosition.advance(sink.published(), () -> consumer.endOffsets(all), this::committed);
            if (reached.isPresent()) {
                missingRows = target.missingRows();
                reached.filter(position -> missingRows.isEmpty()).ifPresent(this::complete);
            }
            if (target.recordsCompleteness()) {
                // Another instance may have recorded a later position, or withdrawn the last one.
                measures.complete(target.completeTo());
            }
        }
    }

    /**
     * The committed positions of all instances.
     *
     * @throws TargetException FENCED if one of this instance is not where it was committed: the target has lost that
     */
    private Map<TopicPartition, Long> committed() {
        Map<TopicPartition, Long> committed = target.positions(input.topics());
        for (Map.Entry<TopicPartition, Long> own : written.entrySet()) {
            TopicPartition partition = own.getKey();
            long found = committed.getOrDefault(partition, 0L);
            if (input.topics().contains(partition.topic()) && found != own.getValue()) {
                throw new TargetException(
                        TargetException.Kind.FENCED,
                        ("%s has %s up to offset %d, and had it up to %d: another instance has claimed the partition, or"
                                        + " the target has lost transactions that it had committed")
                                .formatted(sink.destination(), partition, found, own.getValue()));
            }
        }
        return committed;
    }

    /** With the positions, so that an instance that is no longer a writer records nothing. */
    private void complete(CompletePosition position) {
        if (target.recordsCompleteness()) {
            advance(new TopicOffsets(written, Optional.of(position)));
        }
        measures.complete(Optional.of(position));
    }

    /** Transaction markers take offsets, and are no records. */
    private void advancePastTransactionMarkers() {
        Map<TopicPartition, Long> beyond = new HashMap<>();
        for (TopicPartition partition : consumer.assignment()) {
            Long position = written.get(partition);
            if (position != null && position < consumer.position(partition)) {
                beyond.put(partition, consumer.position(partition));
            }
        }
        if (!beyond.isEmpty()) {
            advance(TopicOffsets.of(beyond));
            commitToGroup(beyond);
        }
    }

    private void confirmPositions() {
        if (!written.isEmpty() && System.nanoTime() - confirmed >= MissedDeletions.CONFIRMATION.toNanos()) {
            advance(TopicOffsets.of(Map.copyOf(written)));
            commitPositionsToGroup();
            confirmed = System.nanoTime();
        }
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        if (partitions.isEmpty()) {
            return;
        }
        try {
            findAll();
            // Before the claim: records that are written after the reset is reported as done must be read.
            Map<TopicPartition, Long> endsBefore = consumer.endOffsets(partitions);
            Map<TopicPartition, Long> known = target.claim(claim(partitions));
            Map<TopicPartition, Long> unknown = new HashMap<>();
            Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            MissedDeletions.require(
                    sink, known, ends, target.confirmedAt(input.topics()), topics.deletionsKept(partitions));
            for (TopicPartition partition : partitions) {
                Long position = known.get(partition);
                if (position == null) {
                    position = (partition.topic().equals(replays) ? endsBefore : beginnings).get(partition);
                    unknown.put(partition, position);
                } else if (position > ends.get(partition)) {
                    throw new TargetException(
                            TargetException.Kind.FOREIGN,
                            ("%s has %s up to offset %d, but the topic ends at %d: Kafka has lost records, or was"
                                            + " restored. To read it again from the beginning: waltally sinks resume"
                                            + " %s --reset")
                                    .formatted(sink.destination(), partition, position, ends.get(partition), sink));
                }
                consumer.seek(partition, position);
                written.put(partition, position);
            }
            measures.complete(target.completeTo());
            findUnreported(partitions, known);
            if (!unknown.isEmpty()) {
                advance(TopicOffsets.of(unknown));
            }
            assigned = true;
            LOG.info(
                    "sink {} has {} of {}",
                    sink,
                    Counted.of(consumer.assignment().size(), "partition"),
                    consumer.assignment().stream()
                            .map(TopicPartition::topic)
                            .collect(Collectors.toCollection(TreeSet::new)));
        } catch (RuntimeException e) {
            refusedAssignment = Optional.of(e);
        }
    }

    private void findAll() {
        all.clear();
        input.topics()
                .forEach(topic -> consumer.partitionsFor(topic)
                        .forEach(info -> all.add(new TopicPartition(info.topic(), info.partition()))));
    }

    /** A partition of which the target has no position was added since it knows the sink, or begins at its beginning. */
    private WriterClaim claim(Collection<TopicPartition> partitions) {
        boolean everyRecord = input.order() == SinkInput.Order.EVERY_RECORD;
        boolean fromEnd = input.start() == SinkInput.Start.END;
        Map<TopicPartition, Long> ends = everyRecord || fromEnd ? consumer.endOffsets(all) : Map.of();
        // What was written stays written.
        return topics.claim(
                partitions, control, input.topics(), fromEnd ? ends : Map.of(), everyRecord ? ends : Map.of());
    }

    /**
     * Replays below a position of the target were handled. Where the target has no position, replays were skipped: that is
     * recorded before the target gets one.
     */
    private void findUnreported(Collection<TopicPartition> partitions, Map<TopicPartition, Long> known) {
        Set<TopicPartition> ofReplays = new HashSet<>(partitions);
        ofReplays.removeIf(partition -> !partition.topic().equals(replays));
        Map<TopicPartition, OffsetAndMetadata> reported = consumer.committed(ofReplays);
        Map<TopicPartition, Long> skipped = new HashMap<>();
        for (TopicPartition partition : ofReplays) {
            OffsetAndMetadata last = reported.get(partition);
            if (!known.containsKey(partition) || last == null) {
                skipped.put(partition, written.get(partition));
            } else if (last.offset() < written.get(partition)) {
                unreported.put(partition, new Unreported(last.offset(), written.get(partition)));
            }
        }
        if (!skipped.isEmpty()) {
            consumer.commitSync(offsets(skipped));
        }
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        target.release(partitions);
        written.keySet().removeAll(partitions);
        unreported.keySet().removeAll(partitions);
    }

    @Override
    public boolean active() {
        return !written.isEmpty();
    }

    @Override
    public long lag() {
        return consumer.assignment().stream()
                .mapToLong(partition -> consumer.currentLag(partition).orElse(0))
                .sum();
    }

    @Override
    public boolean caughtUp() {
        return active()
                && consumer.assignment().stream()
                        .allMatch(partition -> consumer.currentLag(partition).orElse(1) == 0);
    }

    @Override
    public Optional<String> missingRows() {
        return missingRows;
    }

    @Override
    public Set<TopicPartition> partitions() {
        return Set.copyOf(consumer.assignment());
    }

    @Override
    public void close() {
        consumer.close();
    }
}
