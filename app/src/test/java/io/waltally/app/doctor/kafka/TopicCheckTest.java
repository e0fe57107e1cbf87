package io.waltally.app.doctor.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.doctor.check.Finding;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.junit.jupiter.api.Test;

class TopicCheckTest {
    @Test
    void whatReplicasLackIsSaidOfEachTopic() {
        List<Finding> findings = TopicCheck.replicas(
                List.of(
                        topic("whole", partition(1, 3, 3)),
                        topic("degraded", partition(1, 3, 2)),
                        topic("offline", partition(1, 3, 3), partition(-1, 3, 0)),
                        topic("unwritable", partition(1, 3, 1)),
                        topic("single", partition(1, 1, 1))),
                Map.of("whole", 2, "degraded", 2, "offline", 2, "unwritable", 2, "single", 1),
                3);
        assertThat(findings)
                .extracting(finding -> finding.severity() + " " + finding.message())
                .containsExactly(
                        "ERROR partitions without a leader: offline",
                        "ERROR fewer replicas in sync than min.insync.replicas wants: unwritable",
                        "WARNING one replica only, so they are lost with its broker: single");
        assertThat(findings).allSatisfy(finding -> assertThat(finding.remedy()).isPresent());
    }

    @Test
    void oneReplicaIsAllThatOneBrokerCanHave() {
        assertThat(TopicCheck.replicas(List.of(topic("single", partition(1, 1, 1))), Map.of("single", 1), 1))
                .isEmpty();
    }

    private static TopicDescription topic(String name, TopicPartitionInfo... partitions) {
        return new TopicDescription(name, false, List.of(partitions));
    }

    /** @param leader negative if there is none */
    private static TopicPartitionInfo partition(int leader, int replicas, int inSync) {
        return new TopicPartitionInfo(0, leader < 0 ? Node.noNode() : node(leader), nodes(replicas), nodes(inSync));
    }

    private static List<Node> nodes(int count) {
        return IntStream.rangeClosed(1, count).mapToObj(TopicCheckTest::node).toList();
    }

    private static Node node(int id) {
        return new Node(id, "kafka-" + id, 9092);
    }
}
