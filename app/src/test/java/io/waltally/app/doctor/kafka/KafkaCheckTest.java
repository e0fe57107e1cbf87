package io.waltally.app.doctor.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.doctor.check.Finding;
import io.waltally.app.doctor.check.Severity;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KafkaCheckTest {
    @Test
    void aClusterBelowKafka37IsAWarning() {
        assertThat(KafkaCheck.version(Optional.of((short) 19))).isEmpty();
        assertThat(KafkaCheck.version(Optional.of((short) 18))).hasValueSatisfying(finding -> {
            assertThat(finding.severity()).isEqualTo(Severity.WARNING);
            assertThat(finding.message()).startsWith("the cluster is older than Kafka 3.7");
            assertThat(finding.remedy())
                    .hasValueSatisfying(
                            remedy -> assertThat(remedy).contains("kafka-features.sh upgrade --release-version 3.7"));
        });
        assertThat(KafkaCheck.version(Optional.empty())).as("with ZooKeeper").isPresent();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "3, 3, -, -",
                "1, 1, -, -",
                "2, 3, -, -",
                "3, 1, ERROR, 'default.replication.factor is 3, and the cluster has 1 broker: topics cannot be created'",
                "3, 2, ERROR, 'default.replication.factor is 3, and the cluster has 2 brokers: topics cannot be created'",
                "1, 2, WARNING, 'default.replication.factor is 1: topics that are created have one replica, and are lost with it'",
            })
    void theDefaultReplicationFactorHasToSuitTheNumberOfBrokers(
            String factor, int brokers, Severity severity, String message) {
        Optional<Finding> found = KafkaCheck.replication(Map.of("default.replication.factor", factor), brokers);
        assertThat(found.map(Finding::severity)).isEqualTo(Optional.ofNullable(severity));
        assertThat(found.map(Finding::message)).isEqualTo(Optional.ofNullable(message));
        assertThat(found.flatMap(Finding::remedy).isPresent()).isEqualTo(severity != null);
    }

    @Test
    void brokersThatShowNoFactorHaveTheDefaultOfOne() {
        assertThat(KafkaCheck.replication(Map.of(), 1)).isEmpty();
        assertThat(KafkaCheck.replication(Map.of(), 2)).isPresent();
    }
}
