package io.waltally.app.command;

import io.waltally.app.config.Configuration;
import io.waltally.app.run.Topics;
import io.waltally.schemas.Cleanup;
import io.waltally.schemas.Topic;
import io.waltally.schemas.TopicCatalogue;
import io.waltally.schemas.TopicProvisioning;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Creates and describes the topics of the catalogue. */
@Command(
        name = "topics",
        header = "Create the topics, or compare them with the configuration.",
        description = {"'run' creates them as well. An existing topic is never changed.", ""})
public final class TopicsCommand implements Callable<Integer> {
    private static final int TIMEOUT_MILLIS = 10_000;

    /** The actions on topics. */
    enum Action {
        CREATE,
        DESCRIBE
    }

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Parameters(
            paramLabel = "create|describe",
            arity = "0..1",
            defaultValue = "describe",
            description = {
                "create: create missing topics.",
                "describe: list all; exit 1 if one is missing or differs from the configuration (default)."
            })
    private Action action;

    @Override
    public Integer call() {
        common.applyVerbosity();
        Configuration configuration = common.configuration(Map.of());
        if (action == Action.CREATE) {
            ActingOn.announce(spec, ActingOn.kafka(configuration));
        }
        TopicCatalogue catalogue = configuration.catalogue();
        Collection<Topic<?, ?>> topics = Topics.of(configuration, catalogue);
        Map<String, Object> properties = new HashMap<>(configuration.kafka().properties());
        properties.putIfAbsent(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        properties.putIfAbsent(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        try (Admin admin = Admin.create(properties)) {
            TopicProvisioning provisioning = new TopicProvisioning(admin);
            return switch (action) {
                case CREATE -> create(provisioning, topics);
                case DESCRIBE -> describe(provisioning, topics);
            };
        } catch (org.apache.kafka.common.errors.TimeoutException e) {
            throw new CommandFailure(
                    "cannot reach Kafka at " + configuration.kafka().bootstrapServers() + " (kafka.bootstrap.servers)",
                    e);
        }
    }

    private int create(TopicProvisioning provisioning, Collection<Topic<?, ?>> topics) {
        PrintWriter out = spec.commandLine().getOut();
        Set<String> created = new TreeSet<>(provisioning.create(topics));
        created.forEach(name -> out.println("created " + name));
        out.println(created.size() + " of " + topics.size() + " topics created, the others were there");
        return 0;
    }

    private int describe(TopicProvisioning provisioning, Collection<Topic<?, ?>> topics) {
        PrintWriter out = spec.commandLine().getOut();
        out.printf("%-30s %10s  %s%n", "TOPIC", "PARTITIONS", "CLEANUP");
        topics.forEach(
                topic -> out.printf("%-30s %10d  %s%n", topic.name(), topic.partitions(), described(topic.cleanup())));
        List<String> contradictions = provisioning.contradictions(topics);
        contradictions.forEach(contradiction -> out.println("! " + contradiction));
        return contradictions.isEmpty() ? 0 : 1;
    }

    private static String described(Cleanup cleanup) {
        if (cleanup instanceof Cleanup.Compact compact) {
            return compact.completeHistory().isZero()
                    ? "compact"
                    : "compact, complete for " + days(compact.completeHistory());
        }
        return "delete after " + days(((Cleanup.Delete) cleanup).retention());
    }

    private static String days(Duration duration) {
        return duration.toDays() > 0 && duration.equals(Duration.ofDays(duration.toDays()))
                ? duration.toDays() + " d"
                : duration.toString();
    }
}
