package io.waltally.app.command.webhook;

import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.SecretConverter;
import io.waltally.app.command.common.TerminalText;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.WebhookSettings;
import io.waltally.schemas.NotificationType;
import io.waltally.schemas.event.EventFilter;
import io.waltally.schemas.event.EventType;
import io.waltally.webhooks.event.OutboxEvent;
import io.waltally.webhooks.schedule.RequestLimits;
import io.waltally.webhooks.send.EgressPolicy;
import io.waltally.webhooks.send.Endpoint;
import io.waltally.webhooks.send.EndpointClient;
import io.waltally.webhooks.send.InitialPosition;
import io.waltally.webhooks.send.RequestHeaders;
import io.waltally.webhooks.send.WebhookMessage;
import io.waltally.webhooks.send.WebhookResponse;
import io.waltally.webhooks.sign.SigningSecret;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.errors.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Sends one request to an endpoint, as delivery does. */
@Command(
        name = "test",
        header = "Send a signed sample to an endpoint; show request and answer. Exit 0 if it is accepted.",
        description = {
            "The sample is realistic, validates against the schema of its type, and has the extension attribute \"sample\"."
                    + " It is sent with the endpoint's settings: as a batch of one, if it takes batches. A URL that is not configured may have any"
                    + " address, and be http.",
            ""
        })
final class WebhooksTestCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Parameters(paramLabel = "URL|NAME", description = "A URL, or the name of an endpoint.")
    private String target;

    @Option(
            names = "--secret",
            paramLabel = "SECRET",
            converter = SecretConverter.class,
            description = "Signing secret: whsec_ and Base64 (default: that of the endpoint's configuration, or"
                    + " else a new one, which is shown).")
    private SigningSecret secret;

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            description = "Type of the sample, as 'event types' lists them (default: ${DEFAULT-VALUE}).")
    private String type = NotificationType.OBJECT_CREATED_PUT.id();

    @Option(
            names = "--subject",
            paramLabel = "SUBJECT",
            description = "Subject of the sample (default: one that suits its type).")
    private String subject;

    @Override
    public Integer call() {
        common.applyVerbosity();
        EventType about = EventTypeNames.require(spec, type);
        Configuration configuration = common.configuration(Map.of());
        PrintWriter out = spec.commandLine().getOut();
        Endpoint endpoint =
                configured(configuration).or(() -> added(configuration)).orElseGet(() -> unconfigured(out));
        Instant now = Clock.systemUTC().instant();
        OutboxEvent sample = SampleEvent.of(about, Optional.ofNullable(subject), now);
        WebhookMessage message = endpoint.message(List.of(sample));
        showRequest(out, endpoint, message, now);
        try (EndpointClient client = new EndpointClient(endpoint)) {
            WebhookResponse answer;
            try {
                answer = client.send(message, now).join();
            } catch (CompletionException e) {
                throw new CommandFailure("the event was not delivered: " + client.reason(e.getCause()));
            }
            show(out, answer);
            if (!answer.success()) {
                throw new CommandFailure("the endpoint rejected the event: HTTP " + answer.status());
            }
        }
        return 0;
    }

    private Optional<Endpoint> configured(Configuration configuration) {
        return configuration.webhooks().endpoints().stream()
                .filter(endpoint -> endpoint.name().equals(target)
                        || endpoint.url().toString().equals(target))
                .findFirst()
                .map(this::signing);
    }

    /** The endpoint, if it was added at run time; empty if the target is a URL. */
    private Optional<Endpoint> added(Configuration configuration) {
        if (target.contains(":")
                || configuration.webhooks().sealingKeys().keys().isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(WebhookNames.require(configuration, configuration.catalogue(), target))
                    .map(WebhookNames::settings)
                    .map(this::signing);
        } catch (TimeoutException e) {
            throw new CommandFailure(
                    "the configuration has no endpoint \"" + target + "\", and Kafka at "
                            + configuration.kafka().bootstrapServers()
                            + " (kafka.bootstrap.servers), which has those that were added, cannot be reached",
                    e);
        }
    }

    private Endpoint signing(Endpoint endpoint) {
        return secret == null ? endpoint : endpoint.withSecrets(List.of(secret));
    }

    private Endpoint unconfigured(PrintWriter out) {
        SigningSecret signing = secret == null ? SigningSecret.generate() : secret;
        Endpoint endpoint;
        try {
            endpoint = new Endpoint(
                    "test",
                    new URI(target),
                    new EventFilter(List.of("*"), ""),
                    List.of(signing),
                    Optional.empty(),
                    WebhookSettings.DEFAULT_TIMEOUT,
                    WebhookSettings.DEFAULT_RETRIES,
                    RequestLimits.of(1),
                    Map.of(),
                    new EgressPolicy(true, true),
                    InitialPosition.EARLIEST);
        } catch (URISyntaxException | IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(),
                    "\"" + target + "\" is neither a configured endpoint nor a URL: " + e.getMessage());
        }
        if (secret == null) {
            out.println("signed with " + signing.reveal() + ", made for this request");
        }
        return endpoint;
    }

    private static void showRequest(PrintWriter out, Endpoint endpoint, WebhookMessage message, Instant now) {
        out.println("> POST to " + endpoint.target());
        endpoint.headers().keySet().stream().sorted().forEach(name -> out.println("> " + name + ": ***"));
        RequestHeaders.of(endpoint, message, now).forEach((name, value) -> out.println("> " + name + ": " + value));
        out.println(">");
        out.println("> " + new String(message.body(), StandardCharsets.UTF_8));
        out.flush();
    }

    private static void show(PrintWriter out, WebhookResponse answer) {
        out.println("< HTTP " + answer.status());
        new TreeMap<>(answer.headers())
                .forEach((name, value) -> out.println(TerminalText.of("< " + name + ": " + value)));
        out.println("<");
        answer.body().lines().forEach(line -> out.println(TerminalText.of("< " + line)));
        out.flush();
    }
}
