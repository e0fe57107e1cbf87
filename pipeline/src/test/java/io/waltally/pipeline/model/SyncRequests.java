package io.waltally.pipeline.model;

import io.waltally.schemas.cdc.BsoKey;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Random requests of clients to one syncstorage, and its own housekeeping. */
public final class SyncRequests {
    private static final int USERS = 3;
    private static final List<String> ALPHABET =
            List.of("x", "ä", "漢", "\uD83D\uDE00", "\uD800\uDF48", "\\", "\t", "\n", "\"");

    private final SyncModel sync;
    private final Random random;
    private final long firstUser;
    private final List<Integer> collections;
    private Instant boundary;

    /**
     * @param firstUser of three, which nobody else writes
     * @param collections that users have
     */
    public SyncRequests(SyncModel sync, long firstUser, List<Integer> collections, Random random) {
        this.sync = sync;
        this.firstUser = firstUser;
        this.collections = collections;
        this.random = random;
        this.boundary = sync.log.now().plus(1, ChronoUnit.DAYS);
    }

    /** An instant at which, and a microsecond before and after which, some records are to expire. */
    void boundary(Instant instant) {
        boundary = instant;
    }

    /** One request: a transaction. */
    public void next() {
        long user = firstUser + random.nextInt(USERS);
        int collection = any(collections);
        switch (random.nextInt(14)) {
            case 0, 1, 2, 3, 4, 5 -> sync.post(user, collection, payloads(), ttl());
            case 6 -> sync.pretouch(user, collection);
            case 7 -> sync.deleteCollection(user, collection);
            case 8 -> {
                if (random.nextInt(5) == 0) {
                    sync.deleteStorage(user);
                }
            }
            case 9 -> {
                if (random.nextInt(3) == 0) {
                    sync.purge();
                }
            }
            default -> changeRecord();
        }
    }

    private void changeRecord() {
        List<BsoKey> records = List.copyOf(sync.records.keySet());
        if (records.isEmpty()) {
            return;
        }
        BsoKey key = any(records);
        switch (random.nextInt(4)) {
            case 0 -> sync.deleteRecord(key.getUserId(), key.getCollectionId(), key.getBsoId());
            case 1 -> sync.changeTtlOfSmall(key.getUserId(), key.getCollectionId(), key.getBsoId(), ttl());
            default -> sync.changeTtl(key.getUserId(), key.getCollectionId(), key.getBsoId(), ttl());
        }
    }

    private Map<String, String> payloads() {
        Map<String, String> payloads = new TreeMap<>();
        for (int i = random.nextInt(5); i >= 0; i--) {
            payloads.put("r" + random.nextInt(12), payload());
        }
        return payloads;
    }

    private String payload() {
        StringBuilder payload = new StringBuilder();
        for (int i = random.nextInt(30); i > 0; i--) {
            payload.append(any(ALPHABET));
        }
        return payload.toString();
    }

    private Duration ttl() {
        return switch (random.nextInt(6)) {
            case 0 -> null;
            case 1 -> Duration.ofMinutes(35_000_000);
            case 2 -> Duration.ofHours(random.nextInt(72));
            case 3 -> Duration.ofDays(random.nextInt(60));
            case 4 -> Duration.ofMinutes(random.nextInt(30));
            default -> Duration.between(sync.log.now(), boundary).plus(random.nextInt(3) - 1, ChronoUnit.MICROS);
        };
    }

    private <T> T any(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }
}
