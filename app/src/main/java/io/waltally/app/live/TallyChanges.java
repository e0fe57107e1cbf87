package io.waltally.app.live;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waltally.app.http.route.tally.BackendRoutes;
import io.waltally.app.http.route.tally.BucketRoutes;
import io.waltally.app.http.stream.EventLog;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.BucketUsage;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Finds the backends and buckets whose tallies have changed. Several changes of a tally between two events are
 * reported once, with the latest value.
 */
final class TallyChanges implements AutoCloseable {
    static final Set<String> TYPES = Set.of("backends", "buckets");

    private static final int MAX_BACKENDS = 500;
    private static final int MAX_BUCKETS = 200;

    private final LiveSources sources;
    private final Map<String, BackendQuota> sent = new HashMap<>();
    private final Set<String> changedBuckets = ConcurrentHashMap.newKeySet();
    private boolean begun;

    TallyChanges(LiveSources sources) {
        this.sources = sources;
    }

    /** @return whether it has begun with this call: who has read the tallies before has not seen what changed since */
    boolean changes(EventLog log) {
        Optional<LiveSources.Tallies> known = sources.tallies();
        if (known.isEmpty()) {
            return false;
        }
        LiveSources.Tallies tallies = known.get();
        if (begun) {
            backends(tallies.backends(), log);
            buckets(tallies.buckets(), log);
            return false;
        }
        sources.onBucketChange(changedBuckets::add);
        sent.putAll(tallies.backends());
        begun = true;
        return true;
    }

    private void backends(NavigableMap<String, BackendQuota> backends, EventLog log) {
        Map<String, BackendQuota> changed = new TreeMap<>();
        for (Map.Entry<String, BackendQuota> backend : backends.entrySet()) {
            if (changed.size() < MAX_BACKENDS && !backend.getValue().equals(sent.get(backend.getKey()))) {
                changed.put(backend.getKey(), backend.getValue());
            }
        }
        Set<String> gone = new TreeSet<>(sent.keySet());
        gone.removeAll(backends.keySet());
        if (changed.isEmpty() && gone.isEmpty()) {
            return;
        }
        sent.putAll(changed);
        sent.keySet().removeAll(gone);
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        ArrayNode items = document.putArray("items");
        changed.forEach((name, quota) -> items.add(BackendRoutes.backend(name, quota)));
        ArrayNode names = document.putArray("gone");
        gone.forEach(names::add);
        log.append("backends", document);
    }

    private void buckets(NavigableMap<String, BucketUsage> buckets, EventLog log) {
        if (changedBuckets.isEmpty()) {
            return;
        }
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        ArrayNode items = document.putArray("items");
        ArrayNode gone = document.putArray("gone");
        Iterator<String> names = changedBuckets.iterator();
        while (names.hasNext() && items.size() + gone.size() < MAX_BUCKETS) {
            String name = names.next();
            names.remove();
            BucketUsage usage = buckets.get(name);
            if (usage == null) {
                gone.add(name);
            } else {
                items.add(BucketRoutes.bucket(name, usage));
            }
        }
        // Too many to read one by one: their figures are in the list.
        int leftOut = changedBuckets.size();
        changedBuckets.clear();
        document.put("left_out", leftOut);
        log.append("buckets", document);
    }

    @Override
    public void close() {
        sources.onBucketChange(bucket -> {});
    }
}
