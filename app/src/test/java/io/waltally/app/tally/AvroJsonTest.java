package io.waltally.app.tally;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.agg.BackendKey;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.LastChange;
import io.waltally.schemas.agg.UserCollection;
import io.waltally.schemas.agg.UserCollectionKey;
import io.waltally.schemas.control.PendingTable;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AvroJsonTest {
    private static final LastChange CHANGE =
            new LastChange("s3", 2, 0x16B3748L, 731L, Instant.parse("2026-11-22T03:04:05.678901Z"));

    @Test
    void keyAndValueAreOneObjectWithTheNamesOfTheContract() {
        assertThat(AvroJson.object(new BackendKey("b2"), new BackendQuota(1L, 2L, 3L, 4L, 0L, null, 0.5, CHANGE, false))
                        .toString())
                .isEqualTo(
                        "{\"backend_name\":\"b2\",\"bytes_used\":1,\"object_count\":2,\"orphan_bytes\":3,"
                                + "\"inflight_bytes\":4,\"bytes_limit\":0,\"bytes_available\":null,"
                                + "\"utilization\":0.5,\"last_change\":{\"source\":\"s3\",\"epoch\":2,\"lsn\":\"0/16B3748\","
                                + "\"transaction_id\":731,\"committed_at\":\"2026-11-22T03:04:05.678901Z\"},\"degraded\":false}");
    }

    @Test
    void anAbsentNameIsNullAndTheYearOneIsATime() {
        assertThat(AvroJson.object(
                                new UserCollectionKey(7L, 101),
                                new UserCollection(null, 1L, 2L, Instant.parse("0001-01-01T00:00:00Z"), CHANGE, false))
                        .toString())
                .startsWith("{\"user_id\":7,\"collection_id\":101,\"collection\":null,\"count\":1,\"total_bytes\":2,"
                        + "\"modified\":\"0001-01-01T00:00:00Z\"");
    }

    @Test
    void theEndOfATableThatIsBeingReadIsAnLsn() {
        assertThat(AvroJson.object(new PendingTable("bsos", Map.of(), null, null, null, 5L, 5L, null, 0x16B3748L, null))
                        .path("complete_at")
                        .textValue())
                .isEqualTo("0/16B3748");
    }
}
