package io.waltally.app.doctor.kafka;

import io.waltally.app.config.Configuration;
import io.waltally.app.doctor.check.Check;
import io.waltally.app.doctor.check.Finding;
import io.waltally.app.run.Topics;
import io.waltally.schemas.Counted;
import io.waltally.schemas.topic.DeviationSeverity;
import io.waltally.schemas.topic.PropertyState;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicProvisioning;
import io.waltally.schemas.topic.TopicState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;

/** The topics, compared with the catalogue, and their replicas. */
public record TopicCheck(Configuration configuration, TopicCatalogue catalogue) implements Check {
    public static final String NAME = "topics";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Set<String> needs() {
        return Set.of(KafkaCheck.NAME);
    }

    @Override
    public List<Finding> run() throws InterruptedException {
        Collection<Topic<?, ?>> wanted = Topics.of(configuration, catalogue);
        try (Admin admin = KafkaProbe.admin(configuration.kafka())) {
            Set<String> existing = KafkaProbe.await(admin.listTopics().names());
            List<Topic<?, ?>> present = wanted.stream()
                    .filter(topic -> existing.contains(topic.name()))
                    .toList();
            List<Finding> findings = new ArrayList<>();
            int missing = wanted.size() - present.size();
            if (missing > 0) {
                findings.add(Finding.ok(
                        name(),
                        missing + " of " + Counted.of(wanted.size(), "topic")
                                + (missing == 1
                                        ? " does not exist yet; 'waltally run' creates it"
                                        : " do not exist yet; 'waltally run' creates them")));
            }
            if (present.isEmpty()) {
                return findings;
            }
            List<TopicState> states = new TopicProvisioning(admin).states(present);
            Map<String, List<String>> breaking = differing(states, DeviationSeverity.BREAKING);
            Map<String, List<String>> harmless = differing(states, DeviationSeverity.HARMLESS);
            breaking.forEach((difference, topics) -> findings.add(Finding.error(
                    name(),
                    difference + ", of " + String.join(", ", topics),
                    "change the setting, or the topics by 'waltally topics alter'; --dry-run shows how")));
            harmless.forEach((difference, topics) -> findings.add(Finding.warning(
                    name(),
                    difference + ", of " + String.join(", ", topics) + "; no guarantee depends on it",
                    "'waltally topics alter --dry-run' says how to change it")));
            if (breaking.isEmpty() && harmless.isEmpty()) {
                findings.add(
                        Finding.ok(name(), Counted.of(present.size(), "topic is", "topics are") + " as configured"));
            }
            findings.addAll(checkReplicas(admin, present));
            return findings;
        }
    }

    /** The topics by what differs. */
    private static Map<String, List<String>> differing(List<TopicState> states, DeviationSeverity deviation) {
        Map<String, List<String>> topics = new TreeMap<>();
        for (TopicState state : states) {
            for (PropertyState property : state.differing(deviation)) {
                topics.computeIfAbsent(property.toString(), added -> new ArrayList<>())
                        .add(state.topic().name());
            }
        }
        return topics;
    }

    private static List<Finding> checkReplicas(Admin admin, List<Topic<?, ?>> present) throws InterruptedException {
        List<String> names = present.stream().map(Topic::name).toList();
        Map<ConfigResource, Config> configs = KafkaProbe.await(admin.describeConfigs(names.stream()
                        .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic))
                        .toList())
                .all());
        Map<String, Integer> required = new HashMap<>();
        configs.forEach((topic, config) -> required.put(
                topic.name(),
                Integer.valueOf(
                        config.get(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG).value())));
        return replicas(
                KafkaProbe.await(admin.describeTopics(names).allTopicNames()).values(),
                required,
                KafkaProbe.await(admin.describeCluster().nodes()).size());
    }

    /** @param required min.insync.replicas by topic */
    static List<Finding> replicas(
            Collection<TopicDescription> descriptions, Map<String, Integer> required, int brokers) {
        Set<String> offline = new TreeSet<>();
        Set<String> unwritable = new TreeSet<>();
        Set<String> single = new TreeSet<>();
        for (TopicDescription description : descriptions) {
            String topic = description.name();
            for (TopicPartitionInfo partition : description.partitions()) {
                if (partition.leader() == null || partition.leader().isEmpty()) {
                    offline.add(topic);
                } else if (partition.isr().size() < required.get(topic)) {
                    unwritable.add(topic);
                } else if (partition.replicas().size() == 1 && brokers > 1) {
                    single.add(topic);
                }
            }
        }
        List<Finding> findings = new ArrayList<>();
        if (!offline.isEmpty()) {
            findings.add(Finding.error(
                    NAME,
                    "partitions without a leader: " + String.join(", ", offline),
                    "start the brokers that have their replicas"));
        }
        if (!unwritable.isEmpty()) {
            findings.add(Finding.error(
                    NAME,
                    "fewer replicas in sync than min.insync.replicas wants: " + String.join(", ", unwritable),
                    "start the missing brokers, or set min.insync.replicas of the topics lower"));
        }
        if (!single.isEmpty()) {
            findings.add(Finding.warning(
                    NAME,
                    "one replica only, so they are lost with its broker: " + String.join(", ", single),
                    "kafka-reassign-partitions.sh with three replicas each"));
        }
        return findings;
    }
}
