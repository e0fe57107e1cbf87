package io.waltally.app.run;

import io.waltally.app.config.Configuration;
import io.waltally.schemas.SubjectProvisioning;
import io.waltally.schemas.Topic;
import io.waltally.schemas.TopicCatalogue;
import io.waltally.schemas.TopicProvisioning;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;

/** The topics of a configuration: those of the catalogue, and those of additional tables. */
public final class Topics {
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
     * Creates missing topics, and the subjects of their schemas.
     *
     * @return the names of created topics
     * @throws io.waltally.schemas.TopicContradictionException if existing topics differ from the configuration
     */
    public static Set<String> create(Configuration configuration, TopicCatalogue catalogue) {
        try (Admin admin = Admin.create(Map.copyOf(configuration.kafka().properties()))) {
            Set<String> created = new TopicProvisioning(admin).create(of(configuration, catalogue));
            new SubjectProvisioning(configuration.registry().url().toString()).create(catalogue.ownSchemas());
            return created;
        }
    }
}
