package io.waltally.webhooks.deliver;

import io.waltally.schemas.Counted;
import io.waltally.schemas.DeadLetterHeaders;
import io.waltally.schemas.ReplayRequest;
import io.waltally.schemas.control.DeadLetterEventType;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.webhooks.event.OutboxEvent;
import io.waltally.webhooks.schedule.Delivery;
import io.waltally.webhooks.schedule.DeliveryBatch;
import io.waltally.webhooks.schedule.DeliveryProgress;
import io.waltally.webhooks.schedule.DeliverySchedule;
import io.waltally.webhooks.schedule.FailedAttempt;
import io.waltally.webhooks.send.Endpoint;
import io.waltally.webhooks.send.EndpointClient;
import io.waltally.webhooks.send.InitialPosition;
import io.waltally.webhooks.send.WebhookMessage;
import io.waltally.webhooks.send.WebhookResponse;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.consumer.RetriableCommitFailedException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers to one endpoint for the lifetime of its consumer. One thread does everything except requests; it receives
 * their results through a queue.
 */
final class DeliverySession implements ConsumerRebalanceListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DeliverySession.class);

    private static final Duration MAX_POLL = Duration.ofSeconds(1);

    /** Poll timeout while an offset commit is in progress and another one is to follow. */
    private static final Duration POLL_WHILE_COMMITTING = Duration.ofMillis(10);

    /** Time for requests in progress when partitions are revoked. */
    private static final Duration LAST_OUTCOMES = Duration.ofSeconds(5);

    private final Endpoint endpoint;
    private final String outbox;
    private final String replays;
    private final int partitionCount;
    private final DeadLetterWriter deadLetters;
    private final EndpointMeasures measures;
    private final EndpointLog log;
    private final Clock clock;
    private final Consumer<byte[], byte[]> consumer;
    private final EndpointClient client;
    private final DeliverySchedule schedule;
    private final BlockingQueue<Runnable> outcomes = new LinkedBlockingQueue<>();
    private volatile boolean polling;
    private boolean assigned;
    private boolean committing;
    private Optional<RuntimeException> commitFailed = Optional.empty();

    DeliverySession(
            Endpoint endpoint,
            EndpointControl control,
            TopicCatalogue topics,
            Consumer<byte[], byte[]> consumer,
            DeadLetterWriter deadLetters,
            EndpointMeasures measures,
            EndpointLog log,
            Clock clock) {
        this.endpoint = endpoint;
        this.outbox = topics.notifications().name();
        this.partitionCount = topics.notifications().partitions();
        this.replays = topics.notificationReplays().name();
        this.consumer = consumer;
        this.deadLetters = deadLetters;
        this.measures = measures;
        this.log = log;
        this.clock = clock;
        client = new EndpointClient(endpoint);
        schedule = new DeliverySchedule(
                endpoint.retries(), endpoint.limits(), target(control), RandomGenerator.getDefault());
        schedule.hold(control.paused());
        consumer.subscribe(List.of(outbox, replays), this);
    }

    /** Neither 0, which means none, nor its complement. */
    private int target(EndpointControl control) {
        String url = endpoint.url().toString();
        int hash = (control.resumeId().isEmpty() ? url : url + "\n" + control.resumeId()).hashCode();
        return hash == 0 || hash == -1 ? 1 : hash;
    }

    /** Follows what an operator asks. */
    void applyControl(EndpointControl control) {
        schedule.hold(control.paused());
        schedule.retarget(target(control), clock.instant());
    }

    /**
     * Polls, sends and commits what is due, or waits a moment.
     *
     * @throws RuntimeException if it cannot continue with this consumer
     */
    void step() {
        commitFailed.ifPresent(failure -> {
            throw failure;
        });
        client.requireRunning();
        admit(poll());
        for (Runnable outcome = outcomes.poll(); outcome != null; outcome = outcomes.poll()) {
            outcome.run();
        }
        seek();
        schedule.due(clock.instant()).forEach(this::begin);
        commitChanges();
    }

    /** Runs an action in the thread of this session, soon. Thread-safe. */
    void execute(Runnable outcome) {
        outcomes.add(outcome);
        if (polling) {
            consumer.wakeup();
        }
    }

    private ConsumerRecords<byte[], byte[]> poll() {
        Set<TopicPartition> full = new HashSet<>(consumer.assignment());
        full.removeIf(schedule::hasRoom);
        Set<TopicPartition> open = new HashSet<>(consumer.assignment());
        open.removeAll(full);
        consumer.pause(full);
        consumer.resume(open);
        polling = true;
        try {
            return consumer.poll(outcomes.isEmpty() ? untilDue() : Duration.ZERO);
        } catch (WakeupException e) {
            return ConsumerRecords.empty();
        } catch (OffsetOutOfRangeException e) {
            e.offsetOutOfRangePartitions().forEach(this::seekToAvailable);
            return ConsumerRecords.empty();
        } finally {
            polling = false;
        }
    }

    private Duration untilDue() {
        Duration longest = committing ? POLL_WHILE_COMMITTING : MAX_POLL;
        return schedule.nextDue()
                .map(due -> Duration.between(clock.instant(), due))
                .filter(wait -> wait.compareTo(longest) < 0)
                .map(wait -> wait.isNegative() ? Duration.ZERO : wait)
                .orElse(longest);
    }

    private void seekToAvailable(TopicPartition partition, long offset) {
        long beginning = consumer.beginningOffsets(Set.of(partition)).get(partition);
        if (offset < beginning) {
            LOG.error(
                    "webhook {}: records of {} from offset {} to {} were deleted by its retention before they were delivered",
                    endpoint,
                    partition,
                    offset,
                    beginning);
        } else {
            LOG.error(
                    "webhook {}: {} was recreated (it ends before offset {}); reading from its beginning",
                    endpoint,
                    partition,
                    offset);
            schedule.revoke(partition);
            schedule.assign(partition, DeliveryProgress.at(beginning), clock.instant());
        }
        consumer.seek(partition, beginning);
    }

    private void admit(ConsumerRecords<byte[], byte[]> records) {
        records.forEach(this::admit);
        // Also beyond the last record: markers of transactions may follow it.
        records.nextOffsets().forEach((partition, next) -> schedule.readUpTo(partition, next.offset()));
    }

    /** Goes back to the events of deferred subjects that may go on, and forward again after them. */
    private void seek() {
        Instant now = clock.instant();
        for (TopicPartition partition : consumer.assignment()) {
            schedule.seek(partition, now).ifPresent(offset -> consumer.seek(partition, offset));
        }
    }

    private void admit(ConsumerRecord<byte[], byte[]> record) {
        TopicPartition partition = new TopicPartition(record.topic(), record.partition());
        boolean replay = record.topic().equals(replays);
        if (!schedule.mayBeOpen(partition, record.offset()) || (replay && !isForThis(record))) {
            return;
        }
        OutboxEvent event;
        try {
            event = OutboxEvent.of(record);
        } catch (IllegalArgumentException e) {
            if (!schedule.isUnread(partition, record.offset())) {
                return;
            }
            deadLetters
                    .write(record, endpoint.name(), Optional.empty(), 0, e)
                    .thenCompose(written -> report(record, DeadLetterEventType.REFUSED, e.getMessage()))
                    .join();
            measures.dead();
            log.deadLetter(clock.instant(), partition + "-" + record.offset(), e.getMessage());
            return;
        }
        if (replay || endpoint.filter().accepts(event.type(), event.subject())) {
            schedule.admit(event, clock.instant());
        }
    }

    private boolean isForThis(ConsumerRecord<byte[], byte[]> record) {
        return DeadLetterHeaders.endpoint(record.headers())
                .filter(endpoint.name()::equals)
                .isPresent();
    }

    private void begin(DeliveryBatch batch) {
        if (batch.exhausted()) {
            setAside(batch.deliveries().get(0));
        } else {
            send(batch);
        }
    }

    /** A request that was sent. */
    private record Sent(DeliveryBatch batch, WebhookMessage message, Instant time) {
        int size() {
            return batch.deliveries().size();
        }

        RecentAttempt ended(Duration duration, Optional<Integer> status, Optional<String> failure) {
            return new RecentAttempt(time, message.id(), size(), duration, status, failure);
        }
    }

    private void send(DeliveryBatch batch) {
        Instant now = clock.instant();
        batch.deliveries()
                .forEach(delivery -> measures.attempted(
                        delivery.attempts(), Duration.between(delivery.event().committedAt(), now)));
        Sent sent = new Sent(batch, endpoint.message(batch.events()), now);
        var unused = client.send(sent.message(), now).whenComplete((answer, failure) -> {
            Duration duration = Duration.between(now, clock.instant());
            execute(() -> {
                if (failure == null) {
                    answered(sent, answer, duration);
                } else {
                    failed(sent, client.failure(cause(failure)), duration, Optional.empty());
                }
            });
        });
    }

    private void answered(Sent sent, WebhookResponse answer, Duration duration) {
        Optional<Integer> status = Optional.of(answer.status());
        if (answer.success()) {
            measures.ended(sent.ended(duration, status, Optional.empty()));
            accepted(sent.batch());
        } else if (answer.gone()) {
            measures.ended(sent.ended(duration, status, Optional.of("HTTP " + answer.status())));
            measures.failed(sent.size());
            log.gone(clock.instant());
            schedule.gone(sent.batch(), clock.instant());
        } else if (answer.tooLarge() && sent.size() > 1) {
            measures.ended(sent.ended(duration, status, Optional.of("HTTP " + answer.status())));
            tooLarge(sent);
        } else {
            failed(sent, client.failure(answer, clock.instant()), duration, status);
        }
    }

    private void accepted(DeliveryBatch batch) {
        Instant now = clock.instant();
        log.succeeded(now);
        schedule.succeeded(now);
        for (Delivery delivery : batch.deliveries()) {
            measures.delivered(Duration.between(delivery.event().committedAt(), now));
            finish(delivery, DeadLetterEventType.DELIVERED, "");
        }
    }

    private void tooLarge(Sent sent) {
        int bytes = sent.message().body().length;
        schedule.tooLarge(sent.batch(), bytes, clock.instant())
                .ifPresent(limit -> log.tooLarge(sent.size(), bytes, limit));
    }

    private void failed(Sent sent, FailedAttempt failure, Duration duration, Optional<Integer> status) {
        Instant now = clock.instant();
        measures.ended(sent.ended(duration, status, Optional.of(failure.reason())));
        measures.failed(sent.size());
        log.failed(now, failure.reason());
        boolean before = schedule.disabled().isPresent();
        schedule.failed(sent.batch(), failure, now);
        if (!before && schedule.disabled().isPresent()) {
            schedule.failingSince().ifPresent(log::failedForTooLong);
        }
    }

    private void setAside(Delivery delivery) {
        OutboxEvent event = delivery.event();
        String reason = Counted.of(delivery.attempts(), "attempt") + " failed; " + delivery.lastFailure();
        var unused = deadLetters
                .write(
                        event.record(),
                        endpoint.name(),
                        Optional.of(event.id()),
                        delivery.attempts(),
                        new UndeliverableException(reason))
                .whenComplete((written, failure) -> execute(() -> {
                    if (failure == null) {
                        measures.dead();
                        log.deadLetter(clock.instant(), event, reason);
                        finish(delivery, DeadLetterEventType.REFUSED, reason);
                    } else {
                        log.deadLetterFailed(
                                clock.instant(),
                                event,
                                String.valueOf(cause(failure).getMessage()));
                        schedule.deadLetterFailed(delivery, clock.instant());
                    }
                }));
    }

    /** A replay is finished only once its result is reported, so that a crash in between repeats both. */
    private void finish(Delivery delivery, DeadLetterEventType result, String detail) {
        CompletableFuture<Void> reported = report(delivery.event().record(), result, detail);
        if (reported.isDone()) {
            schedule.finished(delivery);
        } else {
            var unused = reported.whenComplete((written, failure) -> execute(() -> schedule.finished(delivery)));
        }
    }

    /** Completes normally in any case. Of a record that is no replay nothing is reported. */
    private CompletableFuture<Void> report(
            ConsumerRecord<byte[], byte[]> record, DeadLetterEventType result, String detail) {
        Optional<ReplayRequest> request =
                record.topic().equals(replays) ? ReplayRequest.from(record.headers()) : Optional.empty();
        if (request.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        return deadLetters
                .report(request.get(), endpoint.name(), result, detail)
                .exceptionally(failure -> {
                    log.notReported(
                            clock.instant(),
                            request.get().letter().getLetter(),
                            result,
                            String.valueOf(cause(failure).getMessage()));
                    return null;
                });
    }

    private static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    /** Commits offsets, one commit at a time: changes in the meantime go with the next one. */
    private void commitChanges() {
        if (committing) {
            return;
        }
        Map<TopicPartition, DeliveryProgress> changes = schedule.takeChanges();
        if (!changes.isEmpty()) {
            committing = true;
            consumer.commitAsync(offsets(changes), this::commitEnded);
        }
    }

    private void commitEnded(Map<TopicPartition, OffsetAndMetadata> offsets, Exception failure) {
        committing = false;
        if (failure != null) {
            schedule.commitFailed(offsets.keySet());
            boolean passes = failure instanceof RetriableCommitFailedException
                    || failure instanceof RebalanceInProgressException
                    || failure instanceof CommitFailedException;
            if (!passes) {
                commitFailed = Optional.of(
                        failure instanceof RuntimeException unchecked ? unchecked : new KafkaException(failure));
            }
        }
    }

    private static Map<TopicPartition, OffsetAndMetadata> offsets(Map<TopicPartition, DeliveryProgress> progress) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        progress.forEach((partition, reached) ->
                offsets.put(partition, new OffsetAndMetadata(reached.offset(), reached.metadata())));
        return offsets;
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(new HashSet<>(partitions));
        Map<TopicPartition, DeliveryProgress> begun = new HashMap<>();
        boolean isNew = committed.values().stream().anyMatch(Objects::isNull) && isNewGroup();
        for (TopicPartition partition : partitions) {
            OffsetAndMetadata kept = committed.get(partition);
            DeliveryProgress progress = kept == null ? beginning(partition, isNew) : restored(partition, kept);
            if (kept == null) {
                consumer.seek(partition, progress.offset());
                begun.put(partition, progress);
            }
            schedule.assign(partition, progress, clock.instant());
        }
        if (!begun.isEmpty()) {
            commit(begun);
        }
        assigned = true;
        share();
    }

    /** Whether the group has no offset of the outbox, as far as Kafka remembers. */
    private boolean isNewGroup() {
        Set<TopicPartition> all = consumer.partitionsFor(outbox).stream()
                .map(info -> new TopicPartition(outbox, info.partition()))
                .collect(Collectors.toSet());
        return consumer.committed(all).values().stream().allMatch(Objects::isNull);
    }

    /** @param isNew whether the endpoint begins; otherwise the partition was added, or its offset was lost */
    private DeliveryProgress beginning(TopicPartition partition, boolean isNew) {
        Set<TopicPartition> only = Set.of(partition);
        InitialPosition beginning = endpoint.beginning();
        boolean ofOutbox = partition.topic().equals(outbox);
        // Replays of before were meant for an earlier endpoint of that name.
        boolean end = beginning.time().isPresent() || (isNew && beginning.latest() && ofOutbox);
        // Read before the search by time, so that an event that is written in between is not passed over.
        long offset = (end ? consumer.endOffsets(only) : consumer.beginningOffsets(only)).get(partition);
        Optional<OffsetAndTimestamp> first =
                beginning.time().filter(time -> ofOutbox).flatMap(time -> firstSince(partition, time));
        if (first.isPresent()) {
            return DeliveryProgress.at(first.get().offset());
        }
        if (offset > 0 && ofOutbox) {
            LOG.info(
                    "webhook {} begins at offset {} of {}: its group has no offset there. Kafka forgets those of a group that"
                            + " was away for longer than offsets.retention.minutes; 'waltally webhooks replay' sends events"
                            + " of that time",
                    endpoint,
                    offset,
                    partition);
        }
        return DeliveryProgress.at(offset);
    }

    private Optional<OffsetAndTimestamp> firstSince(TopicPartition partition, Instant time) {
        return Optional.ofNullable(
                consumer.offsetsForTimes(Map.of(partition, time.toEpochMilli())).get(partition));
    }

    private DeliveryProgress restored(TopicPartition partition, OffsetAndMetadata kept) {
        try {
            return DeliveryProgress.of(kept.offset(), kept.metadata());
        } catch (IllegalArgumentException e) {
            LOG.warn(
                    "webhook {}: the stored progress of {} cannot be read, events from offset {} on may be repeated: {}",
                    endpoint,
                    partition,
                    kept.offset(),
                    e.getMessage());
            return DeliveryProgress.at(kept.offset());
        }
    }

    /** Waits for requests in progress, so that the next owner of the partitions need not repeat them. */
    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        try {
            commitFinished();
            Map<TopicPartition, DeliveryProgress> reached = new HashMap<>();
            partitions.stream()
                    .filter(schedule::has)
                    .forEach(partition -> reached.put(partition, schedule.progress(partition)));
            commit(reached);
        } catch (KafkaException e) {
            LOG.warn("webhook {}: some events may be repeated: {}", endpoint, e.getMessage());
        } finally {
            onPartitionsLost(partitions);
        }
    }

    private void commitFinished() {
        long deadline = System.nanoTime() + LAST_OUTCOMES.toNanos();
        try {
            while (schedule.underWay() > 0) {
                Runnable outcome = outcomes.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (outcome == null) {
                    return;
                }
                outcome.run();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Commits synchronously, without being woken up by results that arrive meanwhile. */
    private void commit(Map<TopicPartition, DeliveryProgress> progress) {
        boolean committed = progress.isEmpty();
        while (!committed) {
            try {
                consumer.commitSync(offsets(progress));
                committed = true;
            } catch (WakeupException e) {
                LOG.trace("woken while committing", e);
            }
        }
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
        partitions.forEach(schedule::revoke);
    }

    /** Each instance sends at the rate of its part of the partitions, so that all together keep the limit. */
    private void share() {
        long own = consumer.assignment().stream()
                .filter(partition -> partition.topic().equals(outbox))
                .count();
        schedule.share(Math.max(1, own) / (double) partitionCount);
    }

    EndpointStatus.State state() {
        if (!assigned) {
            return EndpointStatus.State.STARTING;
        }
        if (schedule.isHeld()) {
            return EndpointStatus.State.PAUSED;
        }
        return schedule.disabled().isPresent() ? EndpointStatus.State.DISABLED : EndpointStatus.State.RUNNING;
    }

    /** The reason why the endpoint is disabled. */
    Optional<String> reason() {
        return schedule.disabled().map(reason -> switch (reason) {
            case GONE -> "it answered 410";
            case FAILING ->
                "it has accepted nothing"
                        + schedule.failingSince()
                                .map(since -> " since " + since)
                                .orElse("") + " (disable-after)";
        });
    }

    Backlog backlog() {
        long lag = consumer.assignment().stream().mapToLong(this::lag).sum();
        return new Backlog(lag, schedule.unfinished(), schedule.underWay(), schedule.retrying(), schedule.oldest());
    }

    /** With what has to be read again for deferred subjects. */
    private long lag(TopicPartition partition) {
        long unread = consumer.currentLag(partition).orElse(0);
        OptionalLong deferred = schedule.deferredFrom(partition);
        return deferred.isPresent()
                ? unread + Math.max(0, consumer.position(partition) - deferred.getAsLong())
                : unread;
    }

    /** Waits for requests in progress and commits their results. */
    @Override
    public void close() {
        try {
            consumer.close();
        } finally {
            client.close();
        }
    }
}
