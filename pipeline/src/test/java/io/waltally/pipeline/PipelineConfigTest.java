package io.waltally.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.pipeline.quota.UsageLimits;
import io.waltally.pipeline.replica.Replication;
import io.waltally.pipeline.table.LengthUnit;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PipelineConfigTest {
    @Test
    void theDefaultsAreThoseOfTheApplications() {
        PipelineConfig defaults = PipelineConfig.DEFAULTS;
        assertThat(defaults.applicationId()).isEqualTo("waltally");
        assertThat(defaults.userQuotaBytes()).isEqualTo(2_097_152_000L);
        assertThat(defaults.payloadLength()).isEqualTo(LengthUnit.CODE_POINTS);
        assertThat(defaults.capacityThreshold()).isEqualTo(0.8);
        assertThat(defaults.capacityDamping()).isEqualTo(Duration.ofHours(1));
        assertThat(defaults.replication()).isEqualTo(new Replication(1, Duration.ofMinutes(10)));
        assertThat(defaults.expiryInterval()).isLessThanOrEqualTo(Duration.ofMillis(500));
    }

    @Test
    void anErrorNamesKeyValueAndRule() {
        assertThatThrownBy(() -> config("no spaces", 0, 0.8, Duration.ofHours(1)))
                .hasMessageContaining("streams.application-id is no spaces");
        assertThatThrownBy(() -> config("waltally", -1, 0.8, Duration.ofHours(1)))
                .hasMessageContaining("streams.user-quota-bytes is -1: must not be negative");
        assertThatThrownBy(() -> config("waltally", 0, Double.NaN, Duration.ofHours(1)))
                .hasMessageContaining("streams.capacity-threshold is NaN");
        assertThatThrownBy(() -> config("waltally", 0, 0.8, Duration.ZERO))
                .hasMessageContaining("streams.capacity-damping is PT0S");
        assertThatThrownBy(() -> new Replication(0, Duration.ofMinutes(10)))
                .hasMessageContaining("streams.object-copies is 0: must be from 1 to 100");
        assertThatThrownBy(() -> new Replication(1, Duration.ofMillis(999)))
                .hasMessageContaining("streams.object-copies-grace is PT0.999S: must be from 1 second to 30 days");
        assertThatThrownBy(() -> new UsageLimits(0, -1, 0)).hasMessageContaining("egress_bytes is -1");
    }

    private static PipelineConfig config(String applicationId, long quota, double threshold, Duration damping) {
        return new PipelineConfig(
                applicationId,
                quota,
                LengthUnit.CODE_POINTS,
                Map.of(),
                threshold,
                damping,
                false,
                Replication.DEFAULT,
                Duration.ofMillis(100),
                Duration.ofMillis(250),
                60);
    }
}
