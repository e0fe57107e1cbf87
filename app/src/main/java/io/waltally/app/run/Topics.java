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

/** The topics of one configuration: the catalogue's, and those of tables that the configuration adds. */
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
     * Makes those that are missing, and the subjects of their schemas.
     *
     * @return the names of those that were made
     * @throws io.waltally.schemas.TopicContradictionException if existing ones are not as configured
     */
    public static Set<String> create(Configuration configuration, TopicCatalogue catalogue) {
        try (Admin admin = Admin.create(Map.copyOf(configuration.kafka().properties()))) {
            Set<String> created = new TopicProvisioning(admin).create(of(configuration, catalogue));
            new SubjectProvisioning(configuration.registry().url().toString()).create(catalogue.ownSchemas());
            return created;
        }
    }
}
