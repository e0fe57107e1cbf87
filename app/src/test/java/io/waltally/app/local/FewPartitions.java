package io.waltally.app.local;

import io.waltally.embedded.Infrastructure;
import java.util.Map;

/** For instances that start sooner: each partition costs them a task of every topology, with its stores. */
final class FewPartitions {
    private static final String PARTITIONS = "2";

    private FewPartitions() {}

    /** Configuration by dotted key for these servers. */
    static Map<String, String> configuration(Infrastructure servers) {
        Map<String, String> values = LocalServers.configuration(servers);
        values.put("topics.partitions", PARTITIONS);
        return values;
    }
}
