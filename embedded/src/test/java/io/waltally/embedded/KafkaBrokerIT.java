package io.waltally.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 2, unit = TimeUnit.MINUTES)
class KafkaBrokerIT {
    @Test
    void committedRecordsSurviveAKillOfTheBroker() throws Exception {
        try (KafkaBrokerProcess broker = KafkaBrokerProcess.start(ServerOptions.ephemeral())) {
            Probe.createTopic(broker.bootstrapServers());
            for (int round = 1; round <= 2; round++) {
                Probe.send(broker.bootstrapServers(), true, "before crash " + round);
                broker.kill();
                assertThat(broker.isRunning()).isFalse();
                broker.restart();
            }
            Probe.send(broker.bootstrapServers(), true, "after");
            assertThat(Probe.committed(broker.bootstrapServers()))
                    .containsExactly("before crash 1", "before crash 2", "after");
        }
    }

    @Test
    void aBrokerInThisJvmComesBackWithItsRecordsOnItsPort() throws Exception {
        try (KafkaBroker broker = KafkaBroker.start(ServerOptions.ephemeral())) {
            String servers = broker.bootstrapServers();
            Probe.createTopic(servers);
            Probe.send(servers, true, "kept");
            broker.stop();
            broker.restart();
            assertThat(broker.bootstrapServers()).isEqualTo(servers);
            assertThat(Probe.committed(servers)).containsExactly("kept");
        }
    }
}
