package io.waltally.pipeline.history;

import io.waltally.pipeline.PipelineConfig;
import io.waltally.pipeline.captured.CapturedLog;
import io.waltally.pipeline.captured.TimeForm;
import io.waltally.pipeline.model.SyncModel;
import io.waltally.pipeline.published.Histories;
import io.waltally.pipeline.quota.UsageLimits;
import io.waltally.schemas.Change;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Operation;
import io.waltally.schemas.Source;
import io.waltally.schemas.cdc.BackendQuotaKey;
import io.waltally.schemas.cdc.BackendQuotaRow;
import io.waltally.schemas.cdc.BackendUsageKey;
import io.waltally.schemas.cdc.BackendUsageRow;
import io.waltally.schemas.cdc.Bso;
import io.waltally.schemas.cdc.BsoKey;
import io.waltally.schemas.cdc.CleanupDeadLetterRow;
import io.waltally.schemas.cdc.CleanupKey;
import io.waltally.schemas.cdc.CleanupRow;
import io.waltally.schemas.cdc.MultipartUpload;
import io.waltally.schemas.cdc.ObjectLocation;
import io.waltally.schemas.cdc.ObjectLocationKey;
import io.waltally.schemas.cdc.PendingObject;
import io.waltally.schemas.cdc.PendingObjectKey;
import io.waltally.schemas.cdc.UserCollectionRow;
import io.waltally.schemas.cdc.UserCollectionRowKey;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Computes the expected notifications by the documented rules: transaction by transaction in commit order, from all
 * tables before and after each. Shares only the form of the captured log with the pipeline.
 */
public final class ReferenceClassifier {
    private final TopicCatalogue topics;
    private final PipelineConfig config;

    /** Rows by key, of each topic. */
    private Map<String, Map<Object, Object>> now = new HashMap<>();

    private Map<String, Map<Object, Object>> before = new HashMap<>();

    private final Map<String, Instant> warned = new HashMap<>();
    private final Set<String> reachedUsage = new HashSet<>();
    private final Map<String, Transaction> shortSince = new HashMap<>();
    private final List<Event> events = new ArrayList<>();

    private ReferenceClassifier(TopicCatalogue topics, PipelineConfig config) {
        this.topics = topics;
        this.config = config;
    }

    /**
     * The parts of an event that are determined.
     *
     * @param time to the millisecond
     */
    record Event(String id, String type, String subject, String lsn, String transactionId, Instant time) {}

    /** Returns the notifications that were published. */
    public static List<Event> events(Histories.Written written, TopicCatalogue topics) {
        return Histories.notifications(written, topics).stream()
                .map(event -> new Event(
                        event.get("id").asText(),
                        event.get("type").asText(),
                        event.get("subject").asText(),
                        event.get("lsn").asText(),
                        event.get("txid").asText(),
                        Instant.parse(event.get("time").asText()).truncatedTo(ChronoUnit.MILLIS)))
                .toList();
    }

    /** Returns the notifications that follow from everything in the logs, all of which is captured. */
    public static List<Event> classify(TopicCatalogue topics, PipelineConfig config, List<CapturedLog> logs) {
        return logs.stream()
                .flatMap(log -> classify(topics, config, log).stream())
                .toList();
    }

    private static List<Event> classify(TopicCatalogue topics, PipelineConfig config, CapturedLog log) {
        ReferenceClassifier classifier = new ReferenceClassifier(topics, config);
        List<CapturedLog.Entry<?, ?>> open = new ArrayList<>();
        for (CapturedLog.Entry<?, ?> entry : log.entries()) {
            if (!open.isEmpty() && !place(open.get(0)).equals(place(entry))) {
                classifier.classify(new Transaction(open));
                open.clear();
            }
            open.add(entry);
        }
        if (!open.isEmpty()) {
            classifier.classify(new Transaction(open));
        }
        classifier.shortSince.forEach((objectKey, since) -> classifier.endShortage(objectKey, since, log.now()));
        return classifier.events;
    }

    private static List<Long> place(CapturedLog.Entry<?, ?> entry) {
        ChangeHeaders headers = ChangeHeaders.from(entry.headers());
        return List.of((long) headers.epoch(), headers.sequence(), headers.transactionId());
    }

    private void classify(Transaction transaction) {
        before = now;
        now = new HashMap<>();
        before.forEach((topic, rows) -> now.put(topic, new HashMap<>(rows)));
        transaction.entries.forEach(this::apply);
        if (transaction.source == Source.S3) {
            classifyObjects(transaction);
            detectShortages(transaction);
            classifyBackends(transaction);
            classifyCleanups(transaction);
            checkUsage(transaction);
            checkCapacity(transaction);
        } else {
            checkQuotas(transaction);
            classifyCollections(transaction);
        }
    }

    private void apply(CapturedLog.Entry<?, ?> entry) {
        Map<Object, Object> rows = now.computeIfAbsent(entry.topic().name(), topic -> new HashMap<>());
        if (entry.change() == null || entry.change().after() == null) {
            rows.remove(entry.key());
        } else if (entry.change().after() instanceof Bso bso && bso.getPayload().equals(Change.UNAVAILABLE_VALUE)) {
            Bso known = (Bso) rows.get(entry.key());
            rows.put(
                    entry.key(),
                    new Bso(
                            bso.getUserId(),
                            bso.getCollectionId(),
                            bso.getBsoId(),
                            known.getPayload(),
                            bso.getExpiry()));
        } else {
            rows.put(entry.key(), entry.change().after());
        }
    }

    private static <K, R> Map<K, R> rows(Map<String, Map<Object, Object>> tables, Topic<K, Change<R>> topic) {
        @SuppressWarnings("unchecked") // as the topic has them
        Map<K, R> rows = (Map<K, R>) (Map<?, ?>) tables.getOrDefault(topic.name(), Map.of());
        return rows;
    }

    // Objects

    private void classifyObjects(Transaction transaction) {
        if (transaction.isSnapshot()) {
            return;
        }
        Map<String, String> classifications = new HashMap<>();
        for (String objectKey : changedObjects(transaction)) {
            classification(transaction, objectKey)
                    .ifPresent(classification -> classifications.put(objectKey, classification));
        }
        long removed = classifications.values().stream()
                .filter(type -> type.contains("Removed"))
                .count();
        classifications.forEach((objectKey, classification) -> {
            boolean gone = classification.contains("Removed");
            String type = gone ? classification + (removed > 1 ? "Batch" : "") : classification;
            emit(transaction, objectId(gone ? "removed" : "created", transaction, objectKey), type, userKey(objectKey));
        });
    }

    private Set<String> changedObjects(Transaction transaction) {
        return transaction.keysOf(topics.objectLocations()).stream()
                .map(ObjectLocationKey::getObjectKey)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private Optional<String> classification(Transaction transaction, String objectKey) {
        Map<String, ObjectLocation> copies = copies(before, objectKey);
        Map<String, ObjectLocation> left = copies(now, objectKey);
        Set<String> gone = new TreeSet<>();
        Set<String> added = new TreeSet<>();
        for (CapturedLog.Entry<?, ?> entry : transaction.entriesOf(topics.objectLocations())) {
            ObjectLocationKey key = (ObjectLocationKey) entry.key();
            if (!key.getObjectKey().equals(objectKey)) {
                continue;
            }
            if (entry.change() == null || entry.change().operation() == Operation.DELETE) {
                added.remove(key.getBackendName());
                gone.add(key.getBackendName());
            } else if (entry.change().operation() == Operation.CREATE) {
                added.add(key.getBackendName());
            }
        }
        gone.retainAll(copies.keySet());
        if (left.isEmpty()) {
            return copies.isEmpty() ? Optional.empty() : Optional.of("s3:ObjectRemoved:Delete");
        }
        if (added.isEmpty() || (!copies.isEmpty() && gone.isEmpty())) {
            return Optional.empty();
        }
        boolean uploading = uploads(transaction, objectKey);
        boolean sameContents = !copies.isEmpty() && contents(copies, gone).equals(contents(left, added));
        if (sameContents && !uploading && !intentDeleted(transaction, objectKey)) {
            return Optional.empty();
        }
        return Optional.of(uploading ? "s3:ObjectCreated:CompleteMultipartUpload" : "s3:ObjectCreated:Put");
    }

    private Map<String, ObjectLocation> copies(Map<String, Map<Object, Object>> tables, String objectKey) {
        return rows(tables, topics.objectLocations()).values().stream()
                .filter(row -> row.getObjectKey().equals(objectKey))
                .collect(Collectors.toMap(ObjectLocation::getBackendName, row -> row));
    }

    private static List<String> contents(Map<String, ObjectLocation> copies, Set<String> backends) {
        return backends.stream()
                .map(copies::get)
                .map(row -> row.getSizeBytes() + " "
                        + Objects.requireNonNullElse(row.getPlaintextSize(), row.getSizeBytes()) + " "
                        + Objects.requireNonNullElse(row.getContentHash(), ""))
                .sorted()
                .toList();
    }

    /** Whether an upload of that key was open before the transaction, or was opened by it. */
    private boolean uploads(Transaction transaction, String objectKey) {
        Stream<Object> rows = Stream.concat(
                rows(before, topics.multipartUploads()).values().stream(),
                transaction.entriesOf(topics.multipartUploads()).stream()
                        .filter(entry ->
                                entry.change() != null && entry.change().after() != null)
                        .map(entry -> entry.change().after()));
        return rows.anyMatch(row -> ((MultipartUpload) row).getObjectKey().equals(objectKey));
    }

    private boolean intentDeleted(Transaction transaction, String objectKey) {
        Stream<Object> rows = Stream.concat(
                rows(before, topics.pendingObjects()).values().stream(),
                transaction.entriesOf(topics.pendingObjects()).stream()
                        .filter(entry ->
                                entry.change() != null && entry.change().after() != null)
                        .map(entry -> entry.change().after()));
        return rows.map(PendingObject.class::cast)
                .filter(row -> row.getObjectKey().equals(objectKey))
                .anyMatch(row ->
                        !rows(now, topics.pendingObjects()).containsKey(new PendingObjectKey(row.getIntentId())));
    }

    // Replication

    private void detectShortages(Transaction transaction) {
        for (String objectKey : changedObjects(transaction)) {
            boolean isShort = isShort(now, objectKey);
            Transaction since = shortSince.get(objectKey);
            if (!isShort && since != null) {
                shortSince.remove(objectKey);
                if (!transaction.isSnapshot()) {
                    endShortage(objectKey, since, transaction.time);
                }
            } else if (isShort && since == null && !transaction.isSnapshot()) {
                // One that a snapshot brought is known, and is no news.
                if (!isShort(before, objectKey)) {
                    shortSince.put(objectKey, transaction);
                }
            }
        }
    }

    private boolean isShort(Map<String, Map<Object, Object>> tables, String objectKey) {
        int copies = copies(tables, objectKey).size();
        return copies > 0 && copies < config.replication().factor();
    }

    private void endShortage(String objectKey, Transaction since, Instant end) {
        if (!since.time.plus(config.replication().grace()).isAfter(end)) {
            emit(since, objectId("under-replicated", since, objectKey), "object.under_replicated", userKey(objectKey));
        }
    }

    // Rows

    private void classifyBackends(Transaction transaction) {
        if (transaction.isSnapshot()) {
            return;
        }
        for (BackendQuotaKey key : transaction.keysOf(topics.backendQuotaRows())) {
            if (rows(before, topics.backendQuotaRows()).containsKey(key)
                    && !rows(now, topics.backendQuotaRows()).containsKey(key)) {
                String backend = key.getBackendName();
                String type = "backend.removed";
                emit(transaction, rowId(type, transaction, "backend_quotas", backend), type, backend);
            }
        }
    }

    private void classifyCleanups(Transaction transaction) {
        if (transaction.isSnapshot()) {
            return;
        }
        for (CleanupKey key : transaction.keysOf(topics.cleanupDeadLetters())) {
            CleanupDeadLetterRow row = rows(now, topics.cleanupDeadLetters()).get(key);
            if (row != null && !rows(before, topics.cleanupDeadLetters()).containsKey(key)) {
                String type = "cleanup.exhausted";
                String id = rowId(type, transaction, "cleanup_dlq", Long.toString(key.getId()));
                emit(transaction, id, type, row.getObjectKey());
            }
        }
    }

    private void classifyCollections(Transaction transaction) {
        if (transaction.isSnapshot() || !config.collectionNotifications()) {
            return;
        }
        for (UserCollectionRowKey key : transaction.keysOf(topics.userCollectionRows())) {
            Instant old = modified(rows(before, topics.userCollectionRows()).get(key));
            Instant modified = modified(rows(now, topics.userCollectionRows()).get(key));
            if (key.getCollectionId() != 0 && !modified.equals(old)) {
                String type = "collection.changed";
                String user = Long.toString(key.getUserId());
                String collection = Integer.toString(key.getCollectionId());
                emit(transaction, rowId(type, transaction, "user_collections", user, collection), type, user);
            }
        }
    }

    /** The pretouch stands for a collection that is not there. */
    private static Instant modified(UserCollectionRow row) {
        return row == null ? SyncModel.PRETOUCH : TimeForm.instant(row.getModified());
    }

    // Thresholds

    private void checkUsage(Transaction transaction) {
        for (BackendUsageKey key : transaction.keysOf(topics.backendUsageRows())) {
            BackendUsageRow row = rows(now, topics.backendUsageRows()).get(key);
            if (row != null) {
                UsageLimits limits = config.usageLimits().getOrDefault(key.getBackendName(), UsageLimits.UNLIMITED);
                checkUsage(transaction, key, "api_requests", row.getApiRequests(), limits.apiRequests());
                checkUsage(transaction, key, "egress_bytes", row.getEgressBytes(), limits.egressBytes());
                checkUsage(transaction, key, "ingress_bytes", row.getIngressBytes(), limits.ingressBytes());
            }
        }
    }

    private void checkUsage(Transaction transaction, BackendUsageKey key, String kind, long used, long limit) {
        if (limit > 0 && used >= limit && reachedUsage.add(key + kind) && !transaction.isSnapshot()) {
            String type = "backend.usage.warning";
            String backend = key.getBackendName();
            emit(transaction, id(type, "s3", backend, key.getPeriod(), kind), type, backend);
        }
    }

    private void checkCapacity(Transaction transaction) {
        if (transaction.isSnapshot()) {
            return;
        }
        Map<String, Double> old = utilization(before);
        utilization(now).forEach((backend, utilization) -> {
            double threshold = config.capacityThreshold();
            if (utilization >= threshold && old.getOrDefault(backend, 0.0) < threshold) {
                warn(transaction, "backend.capacity.warning", backend);
            }
        });
    }

    private Map<String, Double> utilization(Map<String, Map<Object, Object>> tables) {
        Map<String, Long> stored = new HashMap<>();
        for (ObjectLocation row : rows(tables, topics.objectLocations()).values()) {
            stored.merge(row.getBackendName(), row.getSizeBytes(), Long::sum);
        }
        for (CleanupRow row : rows(tables, topics.cleanupQueue()).values()) {
            stored.merge(row.getBackendName(), row.getSizeBytes(), Long::sum);
        }
        for (CleanupDeadLetterRow row :
                rows(tables, topics.cleanupDeadLetters()).values()) {
            stored.merge(row.getBackendName(), row.getSizeBytes(), Long::sum);
        }
        Map<String, Double> utilization = new HashMap<>();
        for (BackendQuotaRow row : rows(tables, topics.backendQuotaRows()).values()) {
            if (row.getBytesLimit() > 0) {
                utilization.put(
                        row.getBackendName(),
                        stored.getOrDefault(row.getBackendName(), 0L) / (double) row.getBytesLimit());
            }
        }
        return utilization;
    }

    private void checkQuotas(Transaction transaction) {
        if (transaction.isSnapshot()) {
            return;
        }
        Set<Long> users = transaction.keysOf(topics.bsos()).stream()
                .map(BsoKey::getUserId)
                .collect(Collectors.toSet());
        for (Long user : users) {
            long quota = config.userQuotaBytes();
            // Expiry is as late as the clock of a Kafka record can say.
            Instant time = transaction.time.truncatedTo(ChronoUnit.MILLIS);
            if (occupied(before, user, time) < quota && occupied(now, user, time) >= quota) {
                warn(transaction, "user.quota.reached", user.toString());
            }
        }
    }

    private long occupied(Map<String, Map<Object, Object>> tables, long user, Instant time) {
        return rows(tables, topics.bsos()).values().stream()
                .filter(row -> row.getUserId() == user && SyncModel.isUnexpired(row, time))
                .mapToLong(row -> row.getPayload().codePoints().count())
                .sum();
    }

    private void warn(Transaction transaction, String type, String subject) {
        Duration damping = config.capacityDamping();
        Instant last = warned.get(type + subject);
        if (last == null || !last.plus(damping).isAfter(transaction.time)) {
            warned.put(type + subject, transaction.time);
            long window = ChronoUnit.MICROS.between(Instant.EPOCH, transaction.time) / (damping.toNanos() / 1_000);
            emit(transaction, id(type, transaction.source.id(), subject, Long.toString(window)), type, subject);
        }
    }

    // Events

    private void emit(Transaction transaction, String id, String type, String subject) {
        // A tombstone has no microseconds.
        Instant time = transaction.time.truncatedTo(ChronoUnit.MILLIS);
        events.add(new Event(id, type, subject, transaction.end.toString(), Long.toString(transaction.id), time));
    }

    private static String objectId(String eventClass, Transaction transaction, String objectKey) {
        return id(
                eventClass,
                transaction.source.id(),
                Integer.toString(transaction.epoch),
                Long.toString(transaction.id),
                objectKey);
    }

    private static String rowId(String type, Transaction transaction, String table, String... key) {
        List<String> cause = new ArrayList<>(List.of(
                type,
                transaction.source.id(),
                Integer.toString(transaction.epoch),
                Long.toString(transaction.id),
                table));
        cause.addAll(List.of(key));
        return id(cause.toArray(String[]::new));
    }

    private static String id(String... cause) {
        try {
            byte[] text = (String.join("\0", cause) + "\0").getBytes(StandardCharsets.UTF_8);
            StringBuilder id = new StringBuilder("evt_");
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text);
            for (int i = 0; i < 12; i++) {
                id.append(String.format("%02x", digest[i]));
            }
            return id.toString();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String userKey(String objectKey) {
        return objectKey.contains("/") ? objectKey.split("/", 2)[1] : objectKey;
    }

    private static final class Transaction {
        private final List<CapturedLog.Entry<?, ?>> entries;
        private final Source source;
        private final int epoch;
        private final long id;
        private final Lsn end;
        private final Instant time;

        Transaction(List<CapturedLog.Entry<?, ?>> entries) {
            this.entries = List.copyOf(entries);
            ChangeHeaders first = ChangeHeaders.from(entries.get(0).headers());
            this.source = first.source();
            this.epoch = first.epoch();
            this.id = first.transactionId();
            this.time = entries.get(0).time();
            this.end = entries.stream()
                    .map(entry -> ChangeHeaders.from(entry.headers()).commitLsn())
                    .flatMap(Optional::stream)
                    .findFirst()
                    .orElseThrow();
        }

        boolean isSnapshot() {
            return id == 0;
        }

        List<CapturedLog.Entry<?, ?>> entriesOf(Topic<?, ?> topic) {
            return entries.stream().filter(entry -> entry.topic().equals(topic)).toList();
        }

        <K> Set<K> keysOf(Topic<K, ?> topic) {
            @SuppressWarnings("unchecked") // as the topic has them
            Set<K> keys = (Set<K>)
                    entriesOf(topic).stream().map(CapturedLog.Entry::key).collect(Collectors.toSet());
            return keys;
        }
    }
}
