package io.waltally.app.run;

import io.waltally.app.config.Configuration;
import io.waltally.app.failure.RegistryFailure;
import io.waltally.schemas.topic.DeviationSeverity;
import io.waltally.schemas.topic.PropertyState;
import io.waltally.schemas.topic.SubjectProvisioning;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicProvisioning;
import io.waltally.schemas.topic.TopicState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The topics of a configuration: those of the catalogue, and those of additional tables. */
public final class Topics {
    private static final Logger LOG = LoggerFactory.getLogger(Topics.class);

    private Topics() {}

    public static Collection<Topic<?, ?>> of(Configuration configuration, TopicCatalogue catalogue) {
        Map<String, Topic<?, ?>> topics = new LinkedHashMap<>();
        catalogue.all().forEach(topic -> topics.put(topic.name(), topic));
        configuration
                .sources()
                .forEach((source, settings) -> settings.tables().forEach(table -> {
                    Topic<?, ?> topic = catalogue.changesOf(source, table);
                    topics.putIfAbsent(topic.name(), topic);
                }));
        return List.copyOf(topics.values());
    }

    /**
     * Creates missing topics, and the subjects of their schemas. Warns of differences that break no guarantee.
     *
     * @return the names of created topics
     * @throws io.waltally.schemas.topic.TopicContradictionException if existing topics differ from the configuration so that a
     *     guarantee would break
     * @throws io.waltally.schemas.topic.TopicRefusedException if the cluster does not create a topic as configured
     * @throws StartException if the registry has schemas that those of the catalogue may not follow
     */
    public static Set<String> create(Configuration configuration, TopicCatalogue catalogue) {
        SubjectProvisioning subjects =
                new SubjectProvisioning(configuration.registry().access());
        List<String> incompatibilities = subjects.incompatibilities(catalogue.ownSchemas());
        if (!incompatibilities.isEmpty()) {
            throw new StartException(
                    RegistryFailure.server(configuration.registry()) + ": " + String.join("; ", incompatibilities));
        }
        try (Admin admin = Admin.create(Map.copyOf(configuration.kafka().properties()))) {
            TopicProvisioning.Provisioned provisioned =
                    new TopicProvisioning(admin).create(of(configuration, catalogue));
            warn(provisioned.states());
            subjects.create(catalogue.ownSchemas());
            return provisioned.created();
        }
    }

    private static void warn(List<TopicState> states) {
        Map<String, List<String>> topics = new TreeMap<>();
        for (TopicState state : states) {
            for (PropertyState property : state.differing(DeviationSeverity.HARMLESS)) {
                topics.computeIfAbsent(property.toString(), added -> new ArrayList<>())
                        .add(state.topic().name());
            }
        }
        topics.forEach((difference, names) -> LOG.warn(
                "{} (topics {}); no guarantee depends on it. 'waltally topics alter --dry-run' shows the change",
                difference,
                String.join(", ", names)));
    }
}
