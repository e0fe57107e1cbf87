package io.waltally.app.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.config.Configuration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DeadLetterMetricsTest {
    private final Configuration configuration = Configuration.from(Map.of(
            "webhooks.endpoints[0].name", "crm",
            "webhooks.endpoints[0].url", "https://hooks.example.com/x",
            "webhooks.endpoints[0].secrets", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));

    @Test
    void everyConfiguredOwnerIsShownWithoutDeadLettersAndNoneWhileTheyAreUnknown() {
        try (Metrics metrics = new Metrics()) {
            metrics.add(new DeadLetterMetrics(() -> Optional.of(List.of()), configuration, () -> List.of("crm")));
            assertThat(lines(metrics))
                    .containsExactlyInAnyOrder(
                            "waltally_dead_letters_open{owner=\"s3\",stage=\"capture\"} 0.0",
                            "waltally_dead_letters_open{owner=\"sync\",stage=\"capture\"} 0.0",
                            "waltally_dead_letters_open{owner=\"s3\",stage=\"streams\"} 0.0",
                            "waltally_dead_letters_open{owner=\"sync\",stage=\"streams\"} 0.0",
                            "waltally_dead_letters_open{owner=\"crm\",stage=\"webhooks\"} 0.0");
        }
        try (Metrics metrics = new Metrics()) {
            metrics.add(new DeadLetterMetrics(Optional::empty, configuration, List::of));
            assertThat(lines(metrics)).isEmpty();
        }
    }

    private static List<String> lines(Metrics metrics) {
        return metrics.scrape()
                .lines()
                .filter(line -> line.startsWith("waltally_dead_letters_open{"))
                .toList();
    }
}
