package io.waltally.connectors.capture.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.connectors.capture.fixture.CaptureFixture;
import io.waltally.schemas.Source;
import java.lang.management.ManagementFactory;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DisabledStreamingMetricsIT {
    @RegisterExtension
    final CaptureFixture sync = new CaptureFixture(Source.SYNC);

    /** Fails if a version of Debezium ignores the replaced listener, and is slow again. */
    @Test
    void debeziumsStreamingMetricsSeeNoEvent() throws Exception {
        // Given
        sync.streaming();
        // When
        sync.sql("INSERT INTO user_collections VALUES (1, 1, now())");
        sync.read("sync.public.user_collections").until(all -> !all.isEmpty());
        // Then
        var metrics = ManagementFactory.getPlatformMBeanServer();
        var streaming = new ObjectName("debezium.postgres:type=connector-metrics,context=streaming,server=sync");
        assertThat(metrics.getAttribute(streaming, "Connected")).isEqualTo(true);
        assertThat(metrics.getAttribute(streaming, "TotalNumberOfEventsSeen")).isEqualTo(0L);
        assertThat(metrics.getAttribute(streaming, "MilliSecondsBehindSource")).isEqualTo(-1L);
    }
}
