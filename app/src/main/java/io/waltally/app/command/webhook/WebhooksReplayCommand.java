package io.waltally.app.command.webhook;

import io.waltally.app.audit.AuditLog;
import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.Confirmation;
import io.waltally.app.command.common.TargetSystems;
import io.waltally.app.command.common.TimeConverter;
import io.waltally.app.config.Configuration;
import io.waltally.app.deadletter.Redelivery;
import io.waltally.app.webhook.KnownEndpoint;
import io.waltally.schemas.Counted;
import io.waltally.schemas.event.EventFilter;
import io.waltally.schemas.topic.TopicCatalogue;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.common.errors.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Delivers notifications of a period to an endpoint once more. */
@Command(
        name = "replay",
        header = "Deliver notifications once more to an endpoint that lost them.",
        description = {
            "Sends notifications that were delivered to the endpoint, or became dead letters on the way to it, with the"
                    + " same ids and after newer events of the same subjects. Types that it is not configured to get are"
                    + " left out. The outbox has notifications for topics.notification-retention.",
            ""
        })
final class WebhooksReplayCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Parameters(paramLabel = "NAME", description = "An endpoint of the configuration, or one that was added.")
    private String name;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            required = true,
            converter = TimeConverter.class,
            description =
                    "Notifications from this time on, as recorded in the outbox: 2026-11-22T12:00:00Z, or 2h for the last"
                            + " two hours.")
    private Instant since;

    @Option(
            names = "--until",
            paramLabel = "TIME",
            converter = TimeConverter.class,
            description = "Notifications before this time (default: now).")
    private Instant until;

    @Option(
            names = "--types",
            paramLabel = "PATTERN",
            split = ",",
            description = "Only of these types: a type, or the beginning of types such as s3:ObjectCreated:*.")
    private List<String> types = List.of("*");

    @Option(names = "--yes", description = "Do not ask for confirmation.")
    private boolean yes;

    @Override
    public Integer call() {
        common.applyVerbosity();
        Configuration configuration = common.configuration(Map.of());
        Instant end = until == null ? Instant.now() : until;
        if (!since.isBefore(end)) {
            throw new ParameterException(
                    spec.commandLine(), "--since (" + since + ") must be before --until (" + end + ")");
        }
        TargetSystems.announce(spec, TargetSystems.kafka(configuration));
        PrintWriter out = spec.commandLine().getOut();
        try {
            TopicCatalogue topics = configuration.catalogue();
            KnownEndpoint known = WebhookNames.require(configuration, topics, name);
            Redelivery redelivery = new Redelivery(
                    configuration, topics, WebhookNames.settings(known), known.group(), filter(), since, end);
            long count = redelivery.count();
            String notifications = Counted.of(count, "notification");
            if (count > 0) {
                Confirmation.requireUnless(yes, notifications + " will be delivered to " + name + " once more.", name);
                AuditLog.run("webhooks replay", name + " " + notifications, redelivery::send);
            }
            out.println(notifications + " put back for " + name
                    + (count > 0 ? "; /api/webhooks shows the delivery, 'waltally dlq list' what fails" : ""));
            return 0;
        } catch (TimeoutException e) {
            throw new CommandFailure(
                    "cannot reach Kafka at " + configuration.kafka().bootstrapServers() + " (kafka.bootstrap.servers)",
                    e);
        }
    }

    private EventFilter filter() {
        try {
            return new EventFilter(types, "");
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--types " + e.getMessage());
        }
    }
}
