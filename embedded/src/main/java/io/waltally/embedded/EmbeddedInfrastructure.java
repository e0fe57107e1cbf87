package io.waltally.embedded;

import io.waltally.embedded.process.DataDirectoryLock;
import io.waltally.embedded.process.EmbeddedServerException;
import io.waltally.embedded.process.PortInUseException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The three embedded servers, with Kafka in this JVM. */
final class EmbeddedInfrastructure implements Infrastructure {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedInfrastructure.class);

    private final PostgresServer postgres;
    private final KafkaBroker kafka;
    private final SchemaRegistry registry;
    private final Optional<DataDirectoryLock> lock;
    private boolean closed;

    private EmbeddedInfrastructure(
            PostgresServer postgres, KafkaBroker kafka, SchemaRegistry registry, Optional<DataDirectoryLock> lock) {
        this.postgres = postgres;
        this.kafka = kafka;
        this.registry = registry;
        this.lock = lock;
    }

    static EmbeddedInfrastructure start(InfrastructureOptions options) {
        Optional<DataDirectoryLock> lock = options.dataDirectory().map(DataDirectoryLock::take);
        try {
            return start(options, lock);
        } catch (RuntimeException | Error e) {
            lock.ifPresent(DataDirectoryLock::close);
            throw e;
        }
    }

    private static EmbeddedInfrastructure start(InfrastructureOptions options, Optional<DataDirectoryLock> lock) {
        long began = System.nanoTime();
        ExecutorService starters = Executors.newFixedThreadPool(3, task -> {
            Thread thread = new Thread(task, "start-infrastructure");
            thread.setDaemon(true);
            return thread;
        });
        try {
            CompletableFuture<SchemaRegistry> registry =
                    CompletableFuture.supplyAsync(() -> SchemaRegistry.start(options.registry()), starters);
            CompletableFuture<KafkaBroker> kafka =
                    CompletableFuture.supplyAsync(() -> KafkaBroker.start(options.kafka()), starters);
            CompletableFuture<PostgresServer> postgres =
                    CompletableFuture.supplyAsync(() -> PostgresServer.start(options.postgres()), starters);
            Optional<RuntimeException> failure = Stream.of(registry, kafka, postgres)
                    .flatMap(start -> failure(start).stream())
                    .reduce(EmbeddedInfrastructure::moreInformative);
            if (failure.isPresent()) {
                ifStarted(registry, SchemaRegistry::close);
                ifStarted(kafka, KafkaBroker::close);
                ifStarted(postgres, PostgresServer::close);
                throw failure.get();
            }
            LOG.info(
                    "infrastructure ready after {} ms",
                    Duration.ofNanos(System.nanoTime() - began).toMillis());
            return new EmbeddedInfrastructure(postgres.join(), kafka.join(), registry.join(), lock);
        } finally {
            starters.shutdown();
        }
    }

    @Override
    public PostgresAddress postgres() {
        return postgres.address();
    }

    @Override
    public String kafka() {
        return kafka.bootstrapServers();
    }

    @Override
    public URI registry() {
        return registry.uri();
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        registry.close();
        kafka.close();
        postgres.close();
        lock.ifPresent(DataDirectoryLock::close);
    }

    /** Prefers the failure that a user can fix: a port in use. */
    private static RuntimeException moreInformative(RuntimeException first, RuntimeException second) {
        RuntimeException chosen = second instanceof PortInUseException ? second : first;
        chosen.addSuppressed(chosen == first ? second : first);
        return chosen;
    }

    /** Waits until a server has started. */
    private static Optional<RuntimeException> failure(CompletableFuture<?> start) {
        try {
            start.join();
            return Optional.empty();
        } catch (CompletionException e) {
            return Optional.of(
                    e.getCause() instanceof RuntimeException failure
                            ? failure
                            : new EmbeddedServerException("the infrastructure did not start: " + e.getCause(), e));
        }
    }

    private static <T> void ifStarted(CompletableFuture<T> start, Consumer<T> close) {
        if (!start.isCompletedExceptionally()) {
            close.accept(start.join());
        }
    }
}
