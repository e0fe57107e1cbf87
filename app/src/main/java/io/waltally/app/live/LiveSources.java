package io.waltally.app.live;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.BucketUsage;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** Supplies the state of an instance to event producers. All methods return at once, except {@link #status}. */
public interface LiveSources {
    /** Readiness and status in one document; asks the servers. */
    JsonNode status();

    /** The captures of this instance. */
    List<CaptureRate> captures();

    /** The tallies of backends and buckets; empty while this instance has none. */
    Optional<Tallies> tallies();

    /** The webhook endpoints; empty if this instance does not deliver. */
    Optional<JsonNode> webhooks();

    /** The sinks; empty if this instance runs none. */
    Optional<JsonNode> sinks();

    /** The number of open dead letters by stage; empty while unknown. */
    Optional<JsonNode> deadLetters();

    /** Names each bucket whose tally changes, from another thread. */
    void onBucketChange(Consumer<String> listener);

    /** By name. The maps may change while they are read. */
    record Tallies(NavigableMap<String, BackendQuota> backends, NavigableMap<String, BucketUsage> buckets) {}

    /**
     * A capture at one moment.
     *
     * @param changes published by this process so far; empty while it does not capture the source
     */
    record CaptureRate(
            String source, OptionalLong changes, Optional<String> capturedLsn, Optional<String> appliedLsn) {}
}
