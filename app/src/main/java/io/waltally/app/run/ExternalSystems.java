package io.waltally.app.run;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClientConfig;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.KafkaSettings;
import io.waltally.app.config.RegistrySettings;
import io.waltally.app.config.SourceSettings;
import io.waltally.app.status.SourceConnections;
import io.waltally.schemas.RegistryFailures;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The servers of a configuration. Reports once when one becomes unreachable, and once when it is back. */
public final class ExternalSystems {
    private static final Logger LOG = LoggerFactory.getLogger(ExternalSystems.class);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(5);

    /** cannot_connect_now: the server is starting or stopping, so it counts as unreachable. */
    private static final String STARTING_UP = "57P03";

    /** Class 08: connection exceptions. */
    private static final String NO_CONNECTION = "08";

    private final List<ExternalSystem> systems;

    /** The last reported problem of each system; absent if there is none. */
    private final Map<ExternalSystem, UnreachableException> unreachable = new HashMap<>();

    public ExternalSystems(List<ExternalSystem> systems) {
        this.systems = List.copyOf(systems);
    }

    public static ExternalSystems of(Configuration configuration) {
        List<ExternalSystem> systems = new ArrayList<>();
        configuration.sources().values().forEach(source -> systems.add(postgres(source)));
        systems.add(kafka(configuration.kafka()));
        systems.add(registry(configuration.registry()));
        return new ExternalSystems(systems);
    }

    static ExternalSystem postgres(SourceSettings source) {
        return new ExternalSystem("PostgreSQL", source.address(), source.key("url"), () -> {
            try (Connection connection = SourceConnections.open(source)) {
                if (!connection.isValid((int) PROBE_TIMEOUT.toSeconds())) {
                    throw new UnreachableException("no answer", false);
                }
            } catch (SQLException e) {
                String state = e.getSQLState() == null ? NO_CONNECTION : e.getSQLState();
                boolean answered = !state.startsWith(NO_CONNECTION) && !state.equals(STARTING_UP);
                // The driver's own message contains additional advice.
                boolean network = !answered && e.getCause() instanceof IOException;
                throw new UnreachableException(firstLine(network ? e.getCause() : e), answered);
            }
        });
    }

    static ExternalSystem kafka(KafkaSettings kafka) {
        return new ExternalSystem("Kafka", kafka.bootstrapServers(), "kafka.bootstrap.servers", () -> {
            Map<String, Object> properties = new HashMap<>(kafka.properties());
            int timeout = (int) PROBE_TIMEOUT.toMillis();
            properties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, timeout);
            properties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, timeout);
            try (Admin admin = Admin.create(properties)) {
                admin.describeCluster().nodes().get(timeout, TimeUnit.MILLISECONDS);
            } catch (ExecutionException e) {
                boolean refused = !(e.getCause() instanceof org.apache.kafka.common.errors.TimeoutException);
                throw new UnreachableException(refused ? firstLine(e.getCause()) : "no broker answers", refused);
            } catch (TimeoutException e) {
                throw new UnreachableException("no broker answers", false);
            } catch (KafkaException e) {
                throw new UnreachableException(firstLine(e.getCause() == null ? e : e.getCause()), true);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new UnreachableException("interrupted", false);
            }
        });
    }

    static ExternalSystem registry(RegistrySettings registry) {
        String timeout = Long.toString(PROBE_TIMEOUT.toMillis());
        SchemaRegistryClient client = registry.access()
                .client(Map.of(
                        SchemaRegistryClientConfig.HTTP_CONNECT_TIMEOUT_MS, timeout,
                        SchemaRegistryClientConfig.HTTP_READ_TIMEOUT_MS, timeout));
        return new ExternalSystem("the schema registry", registry.url().toString(), "registry.url", () -> {
            try {
                client.getAllSubjects();
            } catch (RestClientException e) {
                int status = e.getStatus();
                boolean refused =
                        status == HttpURLConnection.HTTP_UNAUTHORIZED || status == HttpURLConnection.HTTP_FORBIDDEN;
                // 5xx: a proxy, or a registry that is starting.
                throw new UnreachableException(
                        refused ? RegistryFailures.reason(e) : "GET /subjects answers " + status, status < 500);
            } catch (SSLException e) {
                throw new UnreachableException("TLS: " + firstLine(e), true);
            } catch (IOException e) {
                throw new UnreachableException(firstLine(e), false);
            }
        });
    }

    private static String firstLine(Throwable failure) {
        return String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
    }

    /**
     * Waits until all systems answer; retries with exponential backoff.
     *
     * @return false if the stop signal came first
     */
    public boolean await(StopSignal stop) {
        Duration pause = FIRST_PAUSE;
        while (!stop.requested()) {
            if (check(stop)) {
                return true;
            }
            stop.await(pause);
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
        }
        return false;
    }

    /** Checks each system once; returns whether all answer. The stop signal ends the check with false. */
    public synchronized boolean check(StopSignal stop) {
        for (ExternalSystem system : systems) {
            if (stop.requested()) {
                return false;
            }
            check(system);
        }
        return unreachable.isEmpty();
    }

    private void check(ExternalSystem system) {
        try {
            system.probe().check();
            if (unreachable.remove(system) != null) {
                LOG.info("reached {}", system);
            }
        } catch (UnreachableException e) {
            UnreachableException before = unreachable.put(system, e);
            if (before == null || (e.answered() && !before.answered())) {
                LOG.warn("cannot reach {}: {}; trying again until it answers", system, e.getMessage());
            }
        }
    }

    /** The unreachable systems as of the last check, a line each. */
    public synchronized List<String> complaints() {
        return systems.stream()
                .filter(unreachable::containsKey)
                .map(system -> "cannot reach " + system + ": "
                        + unreachable.get(system).getMessage())
                .toList();
    }
}
