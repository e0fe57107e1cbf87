package io.waltally.pipeline.model;

import io.waltally.schemas.cdc.ObjectLocation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Random requests of clients and operators to one s3-orchestrator. Foreign keys hold: nothing is on a backend without a
 * row.
 */
public final class ObjectStoreRequests {
    private static final List<String> PERIODS = List.of("2026-10", "2026-11", "2026-12");

    private final ObjectStoreModel store;
    private final Random random;
    private final List<String> backends;
    private final List<String> objectKeys = new ArrayList<>();

    /** @param prefix of the backends and buckets, so that several stores can share their tables */
    public ObjectStoreRequests(ObjectStoreModel store, String prefix, Random random) {
        this.store = store;
        this.random = random;
        this.backends = List.of(prefix + "b1", prefix + "b2", prefix + "b3");
        for (int i = 0; i < 6; i++) {
            objectKeys.add(prefix + "photos/" + i);
            objectKeys.add(prefix + "docs/a/\uD83D\uDE80" + i);
        }
        objectKeys.add(prefix + "without-bucket");
        objectKeys.add("/" + prefix + "of-the-empty-bucket");
    }

    /** One request: a transaction, or two. */
    public void next() {
        List<String> here = List.copyOf(store.limits.keySet());
        if (here.isEmpty()) {
            store.backend(any(backends), limit());
            return;
        }
        String backend = any(here);
        String objectKey = any(objectKeys);
        List<String> known = store.objectKeys();
        switch (random.nextInt(26)) {
            case 0, 1 -> store.backend(any(backends), limit());
            case 2 -> remove(backend);
            case 3, 4, 5, 6 -> store.put(objectKey, backend, random.nextInt(1_000));
            case 7, 8 -> {
                String found = known.isEmpty() || random.nextInt(3) == 0 ? objectKey : any(known);
                store.importObject(found, backend, random.nextInt(1_000));
            }
            case 9 -> store.flushUsage(backend, any(PERIODS), 1, random.nextInt(9), random.nextInt(9));
            case 10, 11 -> store.startUpload(objectKey, backend);
            case 12, 13, 14 -> changeUpload();
            case 15 -> store.enqueueCleanup(backend, objectKey, random.nextInt(1_000));
            case 16, 17 -> changeQueued();
            case 18 -> requeue();
            default -> {
                if (!known.isEmpty()) {
                    changeObject(any(known), backend, known);
                }
            }
        }
    }

    private long limit() {
        return random.nextInt(3) * 10_000L;
    }

    private void remove(String backend) {
        if (random.nextInt(12) == 0) {
            store.truncateObjects();
        } else if (random.nextInt(3) == 0) {
            store.removeBackendData(backend);
        }
    }

    private void changeUpload() {
        List<String> uploads = List.copyOf(store.uploads.keySet());
        if (uploads.isEmpty()) {
            return;
        }
        String upload = any(uploads);
        switch (random.nextInt(6)) {
            case 0 -> store.complete(upload);
            case 1 -> store.abort(upload);
            case 2 -> store.cascade(upload);
            default -> store.uploadPart(upload, 1 + random.nextInt(3), random.nextInt(500));
        }
    }

    private void changeQueued() {
        List<Long> queued = List.copyOf(store.queue.keySet());
        if (queued.isEmpty()) {
            return;
        }
        long id = any(queued);
        switch (random.nextInt(4)) {
            case 0 -> store.finishCleanup(id);
            case 1 -> store.claimCleanup(id);
            default -> store.exhaustCleanup(id);
        }
    }

    private void requeue() {
        List<Long> deadLetters = List.copyOf(store.deadLetters.keySet());
        if (!deadLetters.isEmpty()) {
            store.requeueCleanup(any(deadLetters));
        }
    }

    private void changeObject(String objectKey, String backend, List<String> known) {
        switch (random.nextInt(6)) {
            case 0, 1 -> store.replicate(objectKey, backend);
            case 2 -> {
                List<String> on = store.copies(objectKey).stream()
                        .map(ObjectLocation::getBackendName)
                        .toList();
                if (!on.contains(backend)) {
                    store.move(objectKey, any(on), backend);
                }
            }
            case 3 -> store.removeExcessCopy(objectKey);
            case 4 -> store.encrypt(objectKey);
            default -> {
                List<String> doomed = new ArrayList<>(known);
                Collections.shuffle(doomed, random);
                store.delete(doomed.subList(0, Math.min(doomed.size(), 1 + random.nextInt(3))));
            }
        }
    }

    private <T> T any(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }
}
