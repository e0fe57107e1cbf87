package io.waltally.app.terminal;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.schemas.agg.BackendQuota;

/**
 * The storage of a backend.
 *
 * @param limit 0 is unlimited
 */
public record StorageFigures(long used, long orphan, long limit, double utilization, long objects) {
    public static StorageFigures of(BackendQuota quota) {
        return new StorageFigures(
                quota.getBytesUsed(),
                quota.getOrphanBytes(),
                quota.getBytesLimit(),
                quota.getUtilization(),
                quota.getObjectCount());
    }

    /** Reads a backend in the form of the API. */
    public static StorageFigures of(JsonNode backend) {
        return new StorageFigures(
                backend.path("bytes_used").asLong(),
                backend.path("orphan_bytes").asLong(),
                backend.path("bytes_limit").asLong(),
                backend.path("utilization").asDouble(),
                backend.path("object_count").asLong());
    }
}
