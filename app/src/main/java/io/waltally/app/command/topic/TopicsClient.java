package io.waltally.app.command.topic;

import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.reading.Suggestions;
import io.waltally.app.run.Topics;
import io.waltally.schemas.Source;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicProvisioning;
import io.waltally.schemas.topic.TopicState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.errors.TimeoutException;

/** The topics of a configuration and of further captured tables, and the cluster that has them. */
final class TopicsClient {
    private static final int TIMEOUT_MILLIS = 10_000;

    private final Configuration configuration;
    private final TopicCatalogue catalogue;

    TopicsClient(Configuration configuration) {
        this.configuration = configuration;
        this.catalogue = configuration.catalogue();
    }

    TopicCatalogue catalogue() {
        return catalogue;
    }

    /** The topics that the configuration names, in the order of the data flow. */
    Collection<Topic<?, ?>> configured() {
        return Topics.of(configuration, catalogue);
    }

    /** The source whose changes a topic has. */
    static Optional<Source> source(String topic) {
        return Arrays.stream(Source.values())
                .filter(source -> topic.startsWith(source.topicOf("")))
                .findFirst();
    }

    /**
     * The {@link #configured} topics, and those of the cluster with further tables: which tables are captured may depend
     * on the publication.
     *
     * @param existing names of the cluster's topics
     */
    Map<String, Topic<?, ?>> all(Set<String> existing) {
        Map<String, Topic<?, ?>> all = new LinkedHashMap<>();
        configured().forEach(topic -> all.put(topic.name(), topic));
        for (String name : new TreeSet<>(existing)) {
            source(name)
                    .ifPresent(source -> all.putIfAbsent(
                            name,
                            catalogue.changesOf(
                                    source, name.substring(source.topicOf("").length()))));
        }
        return all;
    }

    /**
     * Compares topics with the configuration.
     *
     * @param names of the topics; all if it is empty
     * @throws CommandFailure naming one that does not exist, and a similar one
     */
    List<TopicState> states(Collection<String> names) {
        return provision(provisioning -> provisioning.states(named(names, all(provisioning.names()))));
    }

    private static Collection<Topic<?, ?>> named(Collection<String> names, Map<String, Topic<?, ?>> known) {
        if (names.isEmpty()) {
            return known.values();
        }
        List<Topic<?, ?>> named = new ArrayList<>();
        for (String name : names) {
            if (!known.containsKey(name)) {
                throw unknown(name, known.keySet());
            }
            named.add(known.get(name));
        }
        return named;
    }

    static CommandFailure unknown(String name, Set<String> known) {
        String list = "'waltally topics describe' lists all";
        return CommandFailure.wrongUsage("waltally has no topic \"" + name + "\"; "
                + known.stream()
                        .filter(topic -> topic.endsWith("." + name))
                        .findFirst()
                        .or(() -> Suggestions.nearest(name, known))
                        .map(topic -> "did you mean " + topic + "? " + list)
                        .orElse(list));
    }

    /** @throws CommandFailure if the cluster does not answer */
    <T> T ask(Function<Admin, T> question) {
        Map<String, Object> properties = new HashMap<>(configuration.kafka().properties());
        properties.putIfAbsent(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        properties.putIfAbsent(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        try (Admin admin = Admin.create(properties)) {
            return question.apply(admin);
        } catch (TimeoutException e) {
            throw new CommandFailure(
                    "cannot reach Kafka at " + configuration.kafka().bootstrapServers() + " (kafka.bootstrap.servers)",
                    e);
        }
    }

    <T> T provision(Function<TopicProvisioning, T> request) {
        return ask(admin -> request.apply(new TopicProvisioning(admin)));
    }
}
