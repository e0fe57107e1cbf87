package io.waltally.workload.objectstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.workload.AuditTrail;
import io.waltally.workload.TestServer;
import io.waltally.workload.session.DatabaseAddress;
import io.waltally.workload.session.DatabaseSession;
import io.waltally.workload.session.StatisticsRecorder;
import io.waltally.workload.session.WorkloadStatistics;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The store methods under contention: all writers use the same few keys. */
@ExtendWith(TestServer.Extension.class)
class ObjectStoreIT {
    private static final List<String> KEYS = List.of("bucket/one", "bucket/two");
    private static final List<String> BACKENDS = List.of("a", "b", "c");
    private static final int WRITERS = 4;
    private static final int OPERATIONS = 400;
    private static final long SEED = 42;

    private final TestServer server;
    private final StatisticsRecorder recorder = new StatisticsRecorder(SEED);

    ObjectStoreIT(TestServer server) {
        this.server = server;
    }

    @Test
    void notificationsAndRowsAreAccountedForExactlyHoweverWritersInterleave() throws Exception {
        // Given
        System.out.println("seed " + SEED);
        DatabaseAddress s3 = server.s3();
        AuditTrail trail = AuditTrail.install(s3);
        try (DatabaseSession session = session(s3)) {
            for (String backend : BACKENDS) new ObjectStore(session, new BackendGauges()).syncQuotaLimit(backend, 0);
        }
        // When
        SplittableRandom root = new SplittableRandom(SEED);
        ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
        List<Future<?>> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            SplittableRandom random = root.split();
            writers.add(threads.submit(() -> write(s3, random)));
        }
        try {
            for (Future<?> writer : writers) writer.get();
        } finally {
            threads.shutdownNow();
        }
        // Then
        WorkloadStatistics statistics = recorder.snapshot();
        assertThat(statistics.changes()).isEqualTo(trail.changes());
        assertThat(statistics.expectedNotifications()).isEqualTo(trail.replayObjectNotifications());
        assertThat(statistics.expectedNotifications())
                .containsKeys("s3:ObjectCreated:Put", "s3:ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteBatch");
    }

    private Void write(DatabaseAddress s3, SplittableRandom random) throws SQLException {
        try (DatabaseSession session = session(s3)) {
            ObjectStore store = new ObjectStore(session, new BackendGauges());
            for (int i = 0; i < OPERATIONS; i++) {
                String key = KEYS.get(random.nextInt(KEYS.size()));
                String backend = BACKENDS.get(random.nextInt(BACKENDS.size()));
                Copy copy = new Copy(backend, Content.plain(random.nextInt(1, 4), null));
                switch (random.nextInt(7)) {
                    case 0 -> store.put(key, copy, store.registerIntent(key, copy, UUID.randomUUID()));
                    case 1 -> store.delete(key);
                    case 2 -> store.deleteBatch(KEYS);
                    case 3 -> store.recordReplica(key, backend);
                    case 4 -> store.move(key, backend, BACKENDS.get(random.nextInt(BACKENDS.size())));
                    case 5 -> store.pruneStale(key, backend);
                    default -> store.importObject(key, backend, copy.size());
                }
            }
        }
        return null;
    }

    private DatabaseSession session(DatabaseAddress address) throws SQLException {
        return new DatabaseSession("s3", address, recorder, Optional.empty());
    }
}
