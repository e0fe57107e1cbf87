package io.waltally.app.run;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClientConfig;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.KafkaSettings;
import io.waltally.app.config.RegistrySettings;
import io.waltally.app.config.SourceSettings;
import io.waltally.app.failure.KafkaFailure;
import io.waltally.app.failure.RegistryFailure;
import io.waltally.app.failure.ServerFailure;
import io.waltally.app.status.SourceConnections;
import io.waltally.connectors.capture.error.OngoingFailure;
import io.waltally.connectors.capture.error.SourceConnectionException;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The external servers of a configuration. Logs when one becomes unusable, when the reason changes, once per minute,
 * and when it is usable again.
 */
public final class ExternalSystems {
    private static final Logger LOG = LoggerFactory.getLogger(ExternalSystems.class);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(30);
    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(5);

    private final List<Watched> needed;
    private final List<Watched> watched;
    private final Duration giveUpAfter;

    /** A system, and its failures: all of them, and those in which it answered and refused. */
    private record Watched(ExternalSystem system, OngoingFailure failing, OngoingFailure refusing) {
        Watched(ExternalSystem system) {
            this(system, new OngoingFailure(), new OngoingFailure());
        }
    }

    /**
     * @param needed systems that a start waits for
     * @param others systems that are watched only
     * @param giveUpAfter how long a start waits for a system that refuses
     */
    ExternalSystems(List<ExternalSystem> needed, List<ExternalSystem> others, Duration giveUpAfter) {
        this.needed = needed.stream().map(Watched::new).toList();
        this.watched = Stream.concat(this.needed.stream(), others.stream().map(Watched::new))
                .toList();
        this.giveUpAfter = giveUpAfter;
    }

    /** @param captures whether the instance captures: capture itself reports what its servers of PostgreSQL lack */
    public static ExternalSystems of(Configuration configuration, boolean captures) {
        List<ExternalSystem> sources = new ArrayList<>();
        if (!captures) {
            configuration.sources().values().forEach(source -> sources.add(postgres(source)));
        }
        return new ExternalSystems(
                List.of(kafka(configuration.kafka()), registry(configuration.registry())),
                sources,
                configuration.capture().giveUpAfter());
    }

    /** The server of a source. */
    public static ExternalSystem postgres(SourceSettings source) {
        String name = "PostgreSQL at " + source.address() + " (" + source.key("url") + ")";
        return new ExternalSystem(name, () -> {
            try (Connection connection = SourceConnections.open(source)) {
                return connection.isValid((int) PROBE_TIMEOUT.toSeconds())
                        ? Optional.empty()
                        : Optional.of(new ServerFailure(name, "does not answer", false));
            } catch (SourceConnectionException e) {
                return Optional.of(new ServerFailure(
                        name, e.getMessage().substring(name.length()).strip(), e.answered()));
            } catch (SQLException e) {
                return Optional.of(new ServerFailure(name, "fails: " + e.getMessage(), true));
            }
        });
    }

    /** The cluster. */
    public static ExternalSystem kafka(KafkaSettings kafka) {
        return new ExternalSystem(KafkaFailure.server(kafka), () -> {
            Map<String, Object> properties = new HashMap<>(kafka.properties());
            int timeout = (int) PROBE_TIMEOUT.toMillis();
            properties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, timeout);
            properties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, timeout);
            try (Admin admin = Admin.create(properties)) {
                admin.describeCluster().nodes().get(timeout, TimeUnit.MILLISECONDS);
                return Optional.empty();
            } catch (ExecutionException | TimeoutException | KafkaException e) {
                return Optional.of(KafkaFailure.of(kafka, e));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Optional.of(new ServerFailure(KafkaFailure.server(kafka), "was not asked: interrupted", false));
            }
        });
    }

    /** The schema registry. */
    public static ExternalSystem registry(RegistrySettings registry) {
        String timeout = Long.toString(PROBE_TIMEOUT.toMillis());
        SchemaRegistryClient client = registry.access()
                .client(Map.of(
                        SchemaRegistryClientConfig.HTTP_CONNECT_TIMEOUT_MS, timeout,
                        SchemaRegistryClientConfig.HTTP_READ_TIMEOUT_MS, timeout));
        return new ExternalSystem(RegistryFailure.server(registry), () -> {
            try {
                client.getAllSubjects();
                return Optional.empty();
            } catch (IOException | RestClientException e) {
                return Optional.of(RegistryFailure.of(registry, e));
            }
        });
    }

    /**
     * Waits until all needed systems answer; retries with exponential backoff.
     *
     * @return false if the stop signal came first
     * @throws StartException if one has refused for longer than a start waits
     */
    public boolean await(StopSignal stop) {
        Duration pause = FIRST_PAUSE;
        while (!stop.requested()) {
            if (check(needed, stop)) {
                return true;
            }
            failIfRefusedTooLong();
            stop.await(pause);
            pause = pause.multipliedBy(2).compareTo(MAX_PAUSE) < 0 ? pause.multipliedBy(2) : MAX_PAUSE;
        }
        return false;
    }

    private void failIfRefusedTooLong() {
        for (Watched each : needed) {
            each.refusing().reason().ifPresent(reason -> {
                Duration lasts = each.refusing().lasts();
                if (lasts.compareTo(giveUpAfter) >= 0) {
                    throw new StartException(
                            reason + "; given up after " + lasts.toSeconds() + " s (capture.give-up-after)");
                }
            });
        }
    }

    /** Checks each system once; returns whether all answer. The stop signal ends the check with false. */
    public boolean check(StopSignal stop) {
        return check(watched, stop);
    }

    private static boolean check(List<Watched> systems, StopSignal stop) {
        boolean all = true;
        for (Watched each : systems) {
            if (stop.requested()) {
                return false;
            }
            all &= check(each);
        }
        return all;
    }

    private static boolean check(Watched each) {
        Optional<ServerFailure> failure = each.system().probe().check();
        if (failure.isEmpty()) {
            each.refusing().end();
            if (each.failing().end()) {
                LOG.info("reached {}", each.system().name());
            }
            return true;
        }
        String reason = failure.get().toString();
        if (failure.get().answered()) {
            each.refusing().shouldLog(reason);
        } else {
            each.refusing().end();
        }
        if (each.failing().shouldLog(reason)) {
            LOG.warn("{}; trying again", reason);
        }
        return false;
    }

    /** The reasons why systems cannot be used, as of the last check, a sentence each. */
    public List<String> complaints() {
        return watched.stream()
                .flatMap(each -> each.failing().reason().stream())
                .toList();
    }
}
