package io.waltally.app.command.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.audit.AuditLog;
import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.command.common.RecordedRequest;
import io.waltally.app.command.common.RunningInstance;
import io.waltally.app.config.Configuration;
import io.waltally.app.webhook.EndpointRefusedException;
import io.waltally.app.webhook.EndpointRefusedException.Kind;
import io.waltally.app.webhook.EndpointRequests;
import io.waltally.schemas.topic.TopicCatalogue;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/** Writes a request to an endpoint, and waits until the instance at the configured address has applied it. */
final class EndpointRequest {
    static final String PAUSED = "paused";
    static final String DISABLED = "disabled";

    private static final String LIST = "waltally webhooks list";

    private final Configuration configuration;
    private final RunningInstance running;
    private final String endpoint;

    EndpointRequest(Configuration configuration, RunningInstance instance, String endpoint) {
        this.configuration = configuration;
        this.running = instance;
        this.endpoint = endpoint;
    }

    /**
     * Records the request.
     *
     * @param command its name, for the audit log
     * @param target the object of the request, for the audit log
     * @throws CommandFailure if it is refused or cannot be recorded
     */
    static <T> T record(
            Configuration configuration, String command, String target, Function<EndpointRequests, T> request) {
        TopicCatalogue topics = configuration.catalogue();
        EndpointRequests requests = new EndpointRequests(configuration, topics);
        try {
            return AuditLog.call(
                    command,
                    target,
                    () -> RecordedRequest.write(
                            configuration, topics.webhookControls(), () -> request.apply(requests)));
        } catch (EndpointRefusedException e) {
            throw e.kind() == Kind.CONFLICT
                    ? new CommandFailure(e.getMessage(), e)
                    : CommandFailure.wrongUsage(e.getMessage());
        }
    }

    /** Like {@link #record}, for a request without a value. */
    void run(String command, String details, Consumer<EndpointRequests> request) {
        record(configuration, command, (endpoint + " " + details).strip(), requests -> {
            request.accept(requests);
            return endpoint;
        });
    }

    /**
     * Waits until the instance shows the endpoint, with a state as given.
     *
     * @return the result of the request
     */
    String awaitState(Predicate<String> state, String done) {
        return await(endpoints -> endpoints.containsKey(endpoint) && state.test(state(endpoints)), done);
    }

    /**
     * Waits until the instance does not show the endpoint.
     *
     * @return the result of the request
     */
    String awaitAbsence(String done) {
        return await(
                endpoints -> !endpoints.containsKey(endpoint)
                        || !endpoints.get(endpoint).path("added").asBoolean(),
                done);
    }

    private String await(Predicate<Map<String, JsonNode>> followed, String done) {
        boolean seen = RecordedRequest.await(
                endpoint, running, () -> running.namedItems(WebhooksListCommand.PATH), followed, this::state, LIST);
        return endpoint + " " + done + (seen ? "" : " as soon as an instance delivers; none at " + running + " does");
    }

    private String state(Map<String, JsonNode> endpoints) {
        return endpoints.containsKey(endpoint)
                ? endpoints.get(endpoint).path("state").asText()
                : "unknown";
    }
}
