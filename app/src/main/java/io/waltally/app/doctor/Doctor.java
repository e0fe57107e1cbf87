package io.waltally.app.doctor;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.ConfiguredSink;
import io.waltally.app.config.SourceSettings;
import io.waltally.app.failure.Explanation;
import io.waltally.app.run.role.RoleName;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.webhooks.send.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes all checks of a configuration, concurrently. One that fails or does not end does not affect the others. */
public final class Doctor {
    private static final Logger LOG = LoggerFactory.getLogger(Doctor.class);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Configuration configuration;
    private final List<Check> checks;
    private final Duration patience;

    /** @param roles of the instance that is to start */
    public Doctor(Configuration configuration, Set<RoleName> roles) {
        this(configuration, checks(configuration, roles), PATIENCE);
    }

    Doctor(Configuration configuration, List<Check> checks, Duration patience) {
        this.configuration = configuration;
        this.checks = checks;
        this.patience = patience;
    }

    private static List<Check> checks(Configuration configuration, Set<RoleName> roles) {
        TopicCatalogue catalogue = configuration.catalogue();
        List<Check> checks = new ArrayList<>();
        boolean captures = roles.contains(RoleName.CAPTURE);
        if (captures) {
            for (SourceSettings source : configuration.sources().values()) {
                checks.add(new SourceCheck(configuration, source));
                checks.add(new PositionCheck(configuration, source, catalogue));
            }
        }
        checks.add(new KafkaCheck(configuration, captures));
        checks.add(new TopicCheck(configuration, catalogue));
        checks.add(new AccessCheck(configuration, catalogue, roles));
        checks.add(new RegistryCheck(configuration, catalogue));
        if (roles.contains(RoleName.SINKS)) {
            checks.addAll(sinks(configuration));
        }
        if (roles.contains(RoleName.WEBHOOKS)) {
            for (Endpoint endpoint : configuration.webhooks().endpoints()) {
                checks.add(new EndpointCheck(endpoint));
            }
            checks.add(new AddedEndpointsCheck(configuration, catalogue));
        }
        if (roles.contains(RoleName.STREAMS)) {
            checks.add(new StateDirectoryCheck(configuration));
            checks.add(new StateCheck(configuration, catalogue));
        }
        checks.add(new PortCheck(configuration.http()));
        return checks;
    }

    private static List<Check> sinks(Configuration configuration) {
        List<Check> checks = new ArrayList<>();
        for (ConfiguredSink sink : configuration.sinks().active()) {
            sink.target()
                    .filter(target -> !target.ofSource())
                    .ifPresent(target -> checks.add(new SinkCheck(sink.name(), target)));
        }
        return checks;
    }

    /** Returns all findings, in the order of the checks. Takes up to 30 seconds. */
    public DoctorReport examine() {
        ExecutorService threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "doctor");
            thread.setDaemon(true);
            return thread;
        });
        try {
            Map<Check, Future<List<Finding>>> running = new LinkedHashMap<>();
            checks.forEach(check -> running.put(check, threads.submit(check::run)));
            long deadline = System.nanoTime() + patience.toNanos();
            List<Finding> findings = new ArrayList<>();
            running.forEach((check, result) -> {
                List<Finding> found = findings(check, result, deadline);
                // Several checks need the same server, and fail alike without it.
                findings.addAll(found.stream()
                        .filter(finding -> !isKnownFailure(finding, findings))
                        .toList());
            });
            return DoctorReport.of(findings);
        } finally {
            threads.shutdownNow();
        }
    }

    private static boolean isKnownFailure(Finding finding, List<Finding> known) {
        return !finding.check().startsWith(SourceCheck.NAME)
                && known.stream().anyMatch(other -> other.message().equals(finding.message()));
    }

    private List<Finding> findings(Check check, Future<List<Finding>> result, long deadline) {
        try {
            return result.get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return List.of(Finding.error(
                    check.name(),
                    "the check of " + check.name() + " did not end within " + patience.toSeconds() + " s",
                    "look for what does not answer: a firewall that drops packets, a lock, an overloaded server"));
        } catch (ExecutionException e) {
            LOG.debug("check {} failed", check.name(), e);
            return List.of(Finding.error(
                    check.name(),
                    Explanation.of(e.getCause(), Optional.of(configuration))
                            .orElse("the check failed: " + e.getCause())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of(Finding.error(check.name(), "the check was interrupted", "run it again"));
        }
    }
}
