package io.waltally.sinks.engine;

import io.waltally.schemas.CompleteTables;
import io.waltally.schemas.Counted;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.control.SinkControl;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.control.WatermarkKey;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.sinks.target.CompletePosition;
import io.waltally.sinks.target.Target;
import io.waltally.sinks.target.TargetException;
import io.waltally.sinks.target.TopicOffsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes whole transactions of a source: each transaction of the target ends at a watermark. The instance that the
 * sink's group gives the watermarks to leads, and reads all partitions; the others wait.
 *
 * <p>While the target is filled it is written in parts, since rows that existed before may be too many for one
 * transaction. It is filled once it has reached a watermark that was written after all records that compaction may have
 * removed: for earlier watermarks the topics no longer have every row.
 */
final class TransactionSession implements Session, ConsumerRebalanceListener {
    private static final Logger LOG = LoggerFactory.getLogger(TransactionSession.class);

    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration NO_WAIT = Duration.ZERO;
    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Watermarks that wait. The memory for them is bounded, and older ones are not needed. */
    private static final int MAX_WATERMARKS = 10_000;

    /**
     * The log cleaner leaves the segments that are being written, so that of the last moment the topics have every record
     * even if they are to keep no history.
     */
    private static final Duration MIN_HISTORY = Duration.ofMinutes(1);

    private final Sink sink;
    private final SinkInput.Transactions input;
    private final Target target;
    private final ReadTopics topics;
    private final SinkControl control;
    private final RefusedRecords refused;
    private final SinkMeasures measures;
    private final LagObserver lag;
    private final Topic<WatermarkKey, Watermark> topic;
    private final TopicPartition watermarks;
    private final Consumer<byte[], byte[]> member;
    private final Consumer<byte[], byte[]> changes;
    private final Deque<Waiting> waiting = new ArrayDeque<>();

    /** Records that were polled beyond the end of a batch. */
    private final Map<TopicPartition, Deque<ConsumerRecord<byte[], byte[]>>> polled = new HashMap<>();

    private final Map<TopicPartition, Long> positions = new HashMap<>();
    private boolean assigned;
    private boolean leads;
    private boolean complete;

    /** Whether the target was complete, and was not written for longer than the topics keep every change. */
    private boolean outdated;

    private Duration history = Duration.ZERO;
    private Filling filling = new Filling(0, System.nanoTime());
    private Optional<String> missingRows = Optional.empty();
    private boolean beingFilled;
    private long began;
    private long maintained = System.nanoTime() - SECOND_NANOS;

    /** @param next offset after the watermark */
    private record Waiting(Watermark watermark, long next) {}

    /**
     * The last watermark that existed at some time is the first with which the target may be complete.
     *
     * @param end of the watermarks at that time
     */
    private record Filling(long end, long nanos) {}

    /** @param control the last request of an operator */
    TransactionSession(
            Sink sink,
            SinkInput.Transactions input,
            TopicCatalogue catalogue,
            Target target,
            SinkConsumers consumers,
            ReadTopics topics,
            SinkControl control,
            SinkDeadLetters deadLetters,
            SinkMeasures measures,
            LagObserver lag) {
        this.sink = sink;
        this.input = input;
        this.target = target;
        this.topics = topics;
        this.control = control;
        refused = new RefusedRecords(sink, deadLetters, measures);
        this.measures = measures;
        this.lag = lag;
        topic = catalogue.watermarks();
        watermarks = new TopicPartition(topic.name(), TopicCatalogue.watermarkPartition(input.source()));
        member = consumers.member(sink);
        changes = consumers.reader(sink, "changes");
        began = System.nanoTime() - input.batching().interval().toNanos();
        member.subscribe(List.of(topic.name()), this);
    }

    @Override
    public boolean step() {
        readWatermarks(isDue() ? NO_WAIT : POLL);
        if (!assigned) {
            leads = false;
            return false;
        }
        if (!leads) {
            takeOver();
        }
        boolean wrote = isDue();
        if (wrote) {
            write(nextBatch());
        }
        if (System.nanoTime() - maintained >= SECOND_NANOS) {
            maintained = System.nanoTime();
            target.maintain();
        }
        return wrote;
    }

    private void readWatermarks(Duration wait) {
        if (waiting.size() >= MAX_WATERMARKS) {
            member.pause(member.assignment());
        } else {
            member.resume(member.assignment());
        }
        ConsumerRecords<byte[], byte[]> read;
        try {
            read = member.poll(wait);
        } catch (OffsetOutOfRangeException e) {
            // Compaction leaves the last one.
            member.seekToBeginning(member.assignment());
            return;
        }
        for (ConsumerRecord<byte[], byte[]> record : read.records(watermarks)) {
            watermark(record).ifPresent(watermark -> waiting.addLast(new Waiting(watermark, record.offset() + 1)));
        }
    }

    /** Empty for what capture did not write. */
    private Optional<Watermark> watermark(ConsumerRecord<byte[], byte[]> record) {
        try {
            return Optional.ofNullable(record.value())
                    .map(value -> topic.valueSerde().deserializer().deserialize(topic.name(), value));
        } catch (SerializationException e) {
            LOG.warn("sink {}: skipped {} offset {}: {}", sink, watermarks, record.offset(), e.getMessage());
            return Optional.empty();
        }
    }

    /** Claims all partitions, and continues where the former leader committed. */
    private void takeOver() {
        waiting.clear();
        polled.clear();
        positions.clear();
        Set<TopicPartition> partitions = new HashSet<>();
        input.topics()
                .forEach(name -> changes.partitionsFor(name)
                        .forEach(info -> partitions.add(new TopicPartition(info.topic(), info.partition()))));
        Set<TopicPartition> claimed = new HashSet<>(partitions);
        claimed.add(watermarks);
        Map<TopicPartition, Long> known =
                target.claim(topics.claim(claimed, control, input.topics(), Map.of(), Map.of()));
        changes.assign(partitions);
        Map<TopicPartition, Long> beginnings = changes.beginningOffsets(partitions);
        Map<TopicPartition, Long> ends = changes.endOffsets(partitions);
        Map<TopicPartition, Long> knownChanges = new HashMap<>(known);
        knownChanges.remove(watermarks);
        Map<TopicPartition, Instant> confirmedAt = target.confirmedAt(input.topics());
        MissedDeletions.require(sink, knownChanges, ends, confirmedAt, topics.deletionsKept(partitions));
        Map<String, Duration> histories = topics.completeHistory(partitions);
        histories.replaceAll((name, kept) -> longer(kept, MIN_HISTORY));
        for (TopicPartition partition : partitions) {
            long position = known.getOrDefault(partition, beginnings.get(partition));
            if (position > ends.get(partition)) {
                throw foreign(partition, position, "the topic ends at " + ends.get(partition));
            }
            // Compaction leaves the beginning of a topic; only deleted records move it.
            if (position < beginnings.get(partition)) {
                throw foreign(partition, position, "the topic begins at " + beginnings.get(partition));
            }
            changes.seek(partition, position);
            positions.put(partition, position);
        }
        Optional<Long> watermark = Optional.ofNullable(known.get(watermarks));
        long end = member.endOffsets(Set.of(watermarks)).get(watermarks);
        if (watermark.isPresent() && watermark.get() > end) {
            throw foreign(watermarks, watermark.get(), "the topic ends at " + end);
        }
        watermark.ifPresentOrElse(
                offset -> member.seek(watermarks, offset), () -> member.seekToBeginning(Set.of(watermarks)));
        Optional<CompletePosition> recorded = target.completeTo();
        measures.complete(recorded);
        complete = recorded.isPresent();
        outdated = MissedDeletions.find(knownChanges, ends, confirmedAt, histories, Instant.now())
                .isPresent();
        history = histories.values().stream().min(Duration::compareTo).orElse(MIN_HISTORY);
        filling = new Filling(end, System.nanoTime());
        leads = true;
        commitToGroup(watermark);
        LOG.info("sink {} leads: {} of {}", sink, Counted.of(partitions.size(), "partition"), input.topics());
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? other : one;
    }

    private TargetException foreign(TopicPartition partition, long position, String actual) {
        return new TargetException(
                TargetException.Kind.FOREIGN,
                ("%s has %s up to offset %d, but %s: Kafka has lost records, or was restored. To read it again from the"
                                + " beginning: waltally sinks resume %s --reset")
                        .formatted(sink.destination(), partition, position, actual, sink));
    }

    /** Whether a batch is to be written now. */
    private boolean isDue() {
        return leads
                && !waiting.isEmpty()
                && (complete || hasAllOf(filling) || waiting.size() >= MAX_WATERMARKS)
                && (System.nanoTime() - began >= input.batching().interval().toNanos()
                        || waiting.size() >= MAX_WATERMARKS
                        || records(waiting.getLast()) >= input.batching().records());
    }

    /** Whether all watermarks were read that existed when the filling began. */
    private boolean hasAllOf(Filling begun) {
        return member.position(watermarks) >= begun.end();
    }

    /**
     * Whether a batch is of the last watermark that existed when the filling began, or of a later one. If the filling took
     * so long that compaction may have removed records which were later than that, it goes on up to the present end.
     */
    private boolean isFilled() {
        if (!isLastOf(filling)) {
            return false;
        }
        if (Duration.ofNanos(System.nanoTime() - filling.nanos()).compareTo(history) < 0) {
            return true;
        }
        filling = new Filling(member.endOffsets(Set.of(watermarks)).get(watermarks), System.nanoTime());
        return isLastOf(filling);
    }

    /** Whether no watermark before the end waits. */
    private boolean isLastOf(Filling begun) {
        return hasAllOf(begun) && (waiting.isEmpty() || waiting.getFirst().next() > begun.end());
    }

    /** The last watermark up to which a batch is not too large; at least the next one. */
    private Waiting nextBatch() {
        Waiting chosen = waiting.removeFirst();
        while (!waiting.isEmpty()
                && records(waiting.getFirst()) <= input.batching().records()) {
            chosen = waiting.removeFirst();
        }
        return chosen;
    }

    /** At most so many: markers and compacted records count too. */
    private long records(Waiting candidate) {
        return positions.entrySet().stream()
                .mapToLong(position -> Math.max(0, end(candidate, position.getKey()) - position.getValue()))
                .sum();
    }

    private static long end(Waiting batch, TopicPartition partition) {
        return batch.watermark().getOffsets().getOrDefault(partition.toString(), 0L);
    }

    private void write(Waiting batch) {
        Set<TopicPartition> open = new HashSet<>(positions.keySet());
        open.removeIf(partition -> positions.get(partition) >= end(batch, partition));
        began = System.nanoTime();
        long records = 0;
        long rows = 0;
        Map<ConsumerRecord<byte[], byte[]>, TargetException> refusals = new LinkedHashMap<>();
        Set<String> lacking = CompleteTables.lacking(input.source(), batch.watermark(), input.topics());
        target.begin();
        try {
            if (complete && (outdated || !lacking.isEmpty()) && target.recordsCompleteness()) {
                withdraw();
            }
            while (!open.isEmpty()) {
                PolledRecords part = PolledRecords.of(nextPart(batch, open), target);
                if (!part.accepted().isEmpty()) {
                    rows += target.apply(part.accepted());
                    records += part.accepted().size();
                }
                refusals.putAll(part.refused());
                if (!complete && records >= input.batching().records() && !open.isEmpty()) {
                    refusals.forEach(refused::setAside);
                    refusals.clear();
                    target.commit(TopicOffsets.of(Map.copyOf(positions)));
                    measures.wrote(records, rows);
                    records = 0;
                    rows = 0;
                    target.begin();
                }
                keepGroupMembership();
            }
            Map<TopicPartition, Long> next = new HashMap<>(positions);
            next.put(watermarks, batch.next());
            beingFilled = !lacking.isEmpty();
            missingRows = beingFilled ? Optional.of(unread(lacking)) : target.missingRows();
            Optional<CompletePosition> reached = missingRows.isEmpty() && (complete || isFilled())
                    ? Optional.of(completeTo(batch.watermark()))
                    : Optional.empty();
            refusals.forEach(refused::setAside);
            target.commit(new TopicOffsets(next, reached));
            complete |= reached.isPresent();
            reached.ifPresent(position -> measures.complete(reached));
            lag.wrote(batch.watermark().getCommittedAt());
        } catch (RuntimeException e) {
            target.rollback();
            throw e;
        }
        if (records > 0) {
            measures.wrote(records, rows);
        }
        commitToGroup(Optional.of(batch.next()));
    }

    /** For status and tools that show lag, also of the topics that the group does not distribute. */
    private void commitToGroup(Optional<Long> nextWatermark) {
        Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
        positions.forEach(
                (partition, position) -> next.put(partition, GroupBacklog.offset(position, lag.lastWritten())));
        nextWatermark.ifPresent(offset -> next.put(watermarks, GroupBacklog.offset(offset, lag.lastWritten())));
        member.commitAsync(next, (offsets, failure) -> {
            if (failure != null) {
                LOG.debug("sink {}: offsets not committed", sink, failure);
            }
        });
    }

    /** From here on the target is not as the source was at any time, until it is filled again. */
    private void withdraw() {
        target.withdrawCompleteness();
        measures.complete(Optional.empty());
        complete = false;
        outdated = false;
        LOG.info("sink {}: rows are read again, so the target is complete to no position until it has them", sink);
    }

    private static String unread(Set<String> topics) {
        return "not all rows of " + String.join(", ", topics) + " are read from the source yet";
    }

    private CompletePosition completeTo(Watermark watermark) {
        return new CompletePosition(
                input.source(), watermark.getEpoch(), new Lsn(watermark.getLsn()), watermark.getCommittedAt());
    }

    /** The next records before the end of the batch. Closes partitions that have reached it. */
    private List<ConsumerRecord<byte[], byte[]>> nextPart(Waiting batch, Set<TopicPartition> open) {
        List<ConsumerRecord<byte[], byte[]>> part = new ArrayList<>();
        boolean hasPolled =
                open.stream().anyMatch(partition -> !queue(partition).isEmpty());
        if (!hasPolled) {
            Set<TopicPartition> reached = new HashSet<>(changes.assignment());
            reached.removeAll(open);
            changes.pause(reached);
            changes.resume(open);
            ConsumerRecords<byte[], byte[]> read = changes.poll(POLL);
            read.partitions().forEach(partition -> queue(partition).addAll(read.records(partition)));
        }
        for (TopicPartition partition : List.copyOf(open)) {
            Deque<ConsumerRecord<byte[], byte[]>> queue = queue(partition);
            long end = end(batch, partition);
            while (!queue.isEmpty() && queue.getFirst().offset() < end) {
                part.add(queue.removeFirst());
            }
            long position = queue.isEmpty()
                    ? changes.position(partition)
                    : queue.getFirst().offset();
            positions.put(partition, position);
            if (position >= end) {
                open.remove(partition);
            }
        }
        return part;
    }

    private Deque<ConsumerRecord<byte[], byte[]>> queue(TopicPartition partition) {
        return polled.computeIfAbsent(partition, added -> new ArrayDeque<>());
    }

    /** Polls without taking records, so that the group does not give the lead away during a long batch. */
    private void keepGroupMembership() {
        member.pause(member.assignment());
        member.poll(NO_WAIT);
        if (!assigned) {
            throw new TargetException(TargetException.Kind.FENCED, "another instance leads");
        }
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        if (partitions.contains(watermarks)) {
            assigned = true;
            leads = false;
        }
        // Positions come from the target, once this instance leads.
        member.seekToBeginning(partitions);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        if (partitions.contains(watermarks)) {
            assigned = false;
            leads = false;
            target.release(positions.keySet());
        }
    }

    @Override
    public boolean active() {
        return leads;
    }

    /**
     * Up to the last watermark: what lies beyond is of a transaction that has not ended, or not from capture, and then
     * waits for nothing.
     */
    @Override
    public long lag() {
        if (!leads) {
            return 0;
        }
        if (hasReadWatermarks()) {
            return waiting.isEmpty() ? 0 : records(waiting.getLast());
        }
        return positions.keySet().stream()
                .mapToLong(partition -> changes.currentLag(partition).orElse(0)
                        + queue(partition).size())
                .sum();
    }

    private boolean hasReadWatermarks() {
        return member.currentLag(watermarks).orElse(1) == 0;
    }

    @Override
    public boolean caughtUp() {
        return leads && hasReadWatermarks() && waiting.isEmpty();
    }

    @Override
    public Optional<String> missingRows() {
        return missingRows;
    }

    @Override
    public boolean isBeingFilled() {
        return beingFilled;
    }

    @Override
    public Set<TopicPartition> partitions() {
        return leads ? Set.copyOf(positions.keySet()) : Set.of();
    }

    @Override
    public void close() {
        try {
            member.close();
        } finally {
            changes.close();
        }
    }
}
