package io.waltally.app.doctor.check;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;

/** Runs probes of servers concurrently on daemon threads, so that none delays another or the exit of the process. */
public final class ProbeExecutor {
    private static final Executor THREADS = task -> {
        Thread thread = new Thread(task, "doctor");
        thread.setDaemon(true);
        thread.start();
    };

    private ProbeExecutor() {}

    public static <T> CompletableFuture<T> start(Supplier<T> probe) {
        return CompletableFuture.supplyAsync(probe, THREADS);
    }

    /** Starts when the others have succeeded; fails if one of them fails. */
    public static <T> CompletableFuture<T> startAfter(CompletableFuture<Void> others, Supplier<T> probe) {
        return others.thenApplyAsync(succeeded -> probe.get(), THREADS);
    }

    /** Returns the results in the order of the elements. */
    public static <T, R> List<R> map(Collection<T> elements, Function<T, R> probe) {
        List<CompletableFuture<R>> probes = elements.stream()
                .map(element -> start(() -> probe.apply(element)))
                .toList();
        return probes.stream().map(CompletableFuture::join).toList();
    }
}
