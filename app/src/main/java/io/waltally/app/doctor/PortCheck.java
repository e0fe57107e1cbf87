package io.waltally.app.doctor;

import io.waltally.app.config.HttpSettings;
import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.doctor.check.Check;
import io.waltally.app.doctor.check.Finding;
import io.waltally.app.http.HttpApi;
import io.waltally.app.http.server.ListenException;
import io.waltally.app.http.tls.InstanceTrust;
import io.waltally.app.tally.Json;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;

/** Checks whether the HTTP API can use its certificates, and listen at its address. A running instance there is no fault. */
record PortCheck(HttpSettings settings) implements Check {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final int OK = 200;

    @Override
    public String name() {
        return "http";
    }

    @Override
    public List<Finding> run() throws InterruptedException {
        try {
            HttpApi.check(settings);
        } catch (ConfigException e) {
            return List.of(Finding.error(name(), e.getMessage()));
        }
        try {
            ListenException.requireFree(settings.host(), settings.port());
            return List.of(Finding.ok(name(), "the API can listen at " + settings.host() + ":" + settings.port()));
        } catch (ListenException e) {
            return List.of(
                    instanceAnswers(settings)
                            ? Finding.warning(
                                    name(),
                                    "an instance runs at " + settings.fromHere(),
                                    "for another one on this machine, choose another port by --http-port or http.port")
                            : Finding.error(name(), e.getMessage()));
        }
    }

    /** Whether a running instance answers at the configured address. */
    static boolean instanceAnswers(HttpSettings settings) throws InterruptedException {
        try {
            HttpClient.Builder client = HttpClient.newBuilder().connectTimeout(TIMEOUT);
            settings.tls().map(InstanceTrust::context).ifPresent(client::sslContext);
            HttpResponse<String> answer = client.build()
                    .send(
                            HttpRequest.newBuilder(
                                            settings.uri(settings.fromHere()).resolve("/healthz"))
                                    .timeout(TIMEOUT)
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            return answer.statusCode() == OK
                    && Json.parse(answer.body()).path("status").asText().equals("up");
        } catch (IOException | IllegalArgumentException e) {
            return false;
        }
    }
}
