package io.waltally.app.live;

import io.waltally.schemas.agg.BackendQuota;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Storage of backends in the last day, one sample per minute: first from the records in their topic, then from current
 * tallies. Kafka's compaction leaves the last tally of each backend up to some offset and all after it, so nothing is
 * missing after a backend's first sample. Not thread-safe.
 */
final class BackendSamples {
    static final int MAX_SAMPLES = 24 * 60;

    /** A day of so many backends takes 35 MB at most. */
    private static final int MAX_BACKENDS = 500;

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration DAY = MINUTE.multipliedBy(MAX_SAMPLES);

    private final Map<String, Deque<Sample>> samples = new HashMap<>();
    private boolean sampled;

    record Sample(Instant at, long used, long orphan, long inFlight) {
        static Sample of(Instant at, BackendQuota quota) {
            return new Sample(at, quota.getBytesUsed(), quota.getOrphanBytes(), quota.getInflightBytes());
        }

        Sample lasting(Instant until) {
            return new Sample(until, used, orphan, inFlight);
        }
    }

    /**
     * Adds a tally of the topic, in the order of the topic. Ignored once the current tallies are
     * sampled.
     *
     * @param tally empty if it was deleted
     */
    void read(String backend, Optional<BackendQuota> tally, Instant time) {
        if (sampled) {
            return;
        }
        if (tally.isEmpty()) {
            samples.remove(backend);
            return;
        }
        Instant at = time.truncatedTo(ChronoUnit.MINUTES).plus(MINUTE);
        of(backend).ifPresent(all -> {
            Sample last = all.peekLast();
            if (last != null && last.at().isAfter(at)) {
                // Topologies that are rebuilt write earlier tallies again.
                return;
            }
            if (last != null && last.at().equals(at)) {
                all.removeLast();
            }
            add(all, Sample.of(at, tally.get()));
        });
    }

    /** Takes a sample of the current tallies. Forgets all other backends. */
    void sample(Instant now, Map<String, BackendQuota> tallies) {
        if (!sampled) {
            samples.values().forEach(all -> fill(all, now));
            sampled = true;
        }
        tallies.forEach((backend, tally) -> of(backend).ifPresent(all -> add(all, Sample.of(now, tally))));
        samples.keySet().retainAll(tallies.keySet());
    }

    /** Repeats each sample every minute until the next one. */
    private static void fill(Deque<Sample> all, Instant now) {
        Instant first = now.minus(DAY);
        List<Sample> read = new ArrayList<>(all);
        all.clear();
        for (int i = 0; i < read.size(); i++) {
            Sample sample = read.get(i);
            Instant next = i + 1 < read.size() ? read.get(i + 1).at() : now;
            Instant end = next.isBefore(now) ? next : now;
            long passed = Math.max(0, Duration.between(sample.at(), first).toMinutes());
            for (Instant at = sample.at().plus(MINUTE.multipliedBy(passed)); at.isBefore(end); at = at.plus(MINUTE)) {
                if (at.isAfter(first)) {
                    add(all, sample.lasting(at));
                }
            }
        }
    }

    private Optional<Deque<Sample>> of(String backend) {
        return samples.size() >= MAX_BACKENDS && !samples.containsKey(backend)
                ? Optional.empty()
                : Optional.of(samples.computeIfAbsent(backend, name -> new ArrayDeque<>()));
    }

    private static void add(Deque<Sample> all, Sample sample) {
        all.add(sample);
        if (all.size() > MAX_SAMPLES) {
            all.remove();
        }
    }

    /** The samples of a backend, the earliest first; empty if it is unknown, or while its topic is being read. */
    List<Sample> samples(String backend) {
        return !sampled ? List.of() : List.copyOf(samples.getOrDefault(backend, new ArrayDeque<>()));
    }
}
