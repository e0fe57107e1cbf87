package io.waltally.app.doctor;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.ConfiguredSink;
import io.waltally.app.config.SourceSettings;
import io.waltally.app.doctor.check.Check;
import io.waltally.app.doctor.check.Finding;
import io.waltally.app.doctor.check.ProbeExecutor;
import io.waltally.app.doctor.check.Severity;
import io.waltally.app.doctor.check.UnusableServerException;
import io.waltally.app.doctor.kafka.AccessCheck;
import io.waltally.app.doctor.kafka.KafkaCheck;
import io.waltally.app.doctor.kafka.KafkaProbe;
import io.waltally.app.doctor.kafka.TopicCheck;
import io.waltally.app.failure.Explanation;
import io.waltally.app.run.role.RoleName;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.webhooks.send.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs all checks of a configuration concurrently. A check that fails or hangs affects only checks of the same
 * server.
 */
public final class Doctor {
    private static final Logger LOG = LoggerFactory.getLogger(Doctor.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(8);
    private static final Duration TIMEOUT_WITHOUT_ERROR = Duration.ofSeconds(30);

    private final Configuration configuration;
    private final List<Check> checks;
    private final Duration timeout;
    private final Duration timeoutWithoutError;

    private enum Outcome {
        MADE,
        FAILED,
        UNFINISHED
    }

    /**
     * The result of a check.
     *
     * @param outcome if the check was not made, the finding says why
     */
    private record Result(Check check, Outcome outcome, List<Finding> findings) {
        boolean reportsError() {
            return findings.stream().anyMatch(finding -> finding.severity() == Severity.ERROR);
        }
    }

    /** @param roles of the instance that is to start */
    public Doctor(Configuration configuration, Set<RoleName> roles) {
        this(
                configuration,
                checks(configuration.with(KafkaProbe.withShortTimeouts(configuration.kafka())), roles),
                TIMEOUT,
                TIMEOUT_WITHOUT_ERROR);
    }

    /** @param timeoutWithoutError how long to wait if no check has reported an error by the end of {@code timeout} */
    Doctor(Configuration configuration, List<Check> checks, Duration timeout, Duration timeoutWithoutError) {
        this.configuration = configuration;
        this.checks = checks;
        this.timeout = timeout;
        this.timeoutWithoutError = timeoutWithoutError;
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
        if (captures) {
            for (SourceSettings source : configuration.sources().values()) {
                checks.add(new SchemaCheck(configuration, source, catalogue));
            }
        }
        if (roles.contains(RoleName.SINKS)) {
            for (ConfiguredSink sink : configuration.sinks().active()) {
                checks.add(new SinkCheck(configuration, catalogue, sink));
            }
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

    /**
     * Returns all findings, in the order of the checks. Takes up to 8 seconds, or 30 if everything that answered by
     * then is in order, and only slow.
     */
    public DoctorReport examine() {
        Map<Check, CompletableFuture<List<Finding>>> running = start();
        Duration waited = timeout;
        try {
            await(running.values(), timeout);
            if (results(running, waited).stream()
                    .noneMatch(result -> result.outcome() != Outcome.UNFINISHED && result.reportsError())) {
                waited = timeoutWithoutError;
                await(running.values(), timeoutWithoutError.minus(timeout));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        List<Result> results = results(running, waited);
        Set<String> failing = results.stream()
                .filter(Result::reportsError)
                .map(result -> result.check().name())
                .collect(Collectors.toSet());
        return DoctorReport.of(results.stream()
                .filter(result -> result.outcome() == Outcome.MADE
                        || Collections.disjoint(result.check().needs(), failing))
                .flatMap(result -> result.findings().stream())
                .toList());
    }

    private Map<Check, CompletableFuture<List<Finding>>> start() {
        Map<String, CompletableFuture<List<Finding>>> first = new HashMap<>();
        checks.stream()
                .filter(check -> check.needs().isEmpty())
                .forEach(check -> first.put(check.name(), ProbeExecutor.start(() -> run(check))));
        Map<Check, CompletableFuture<List<Finding>>> running = new LinkedHashMap<>();
        for (Check check : checks) {
            CompletableFuture<?>[] needed = check.needs().stream()
                    .map(first::get)
                    .filter(Objects::nonNull)
                    .toArray(CompletableFuture[]::new);
            running.put(
                    check,
                    check.needs().isEmpty()
                            ? first.get(check.name())
                            : ProbeExecutor.startAfter(CompletableFuture.allOf(needed), () -> run(check)));
        }
        return running;
    }

    private static List<Finding> run(Check check) {
        try {
            return check.run();
        } catch (Exception e) {
            throw new CompletionException(e);
        }
    }

    private static void await(Collection<CompletableFuture<List<Finding>>> running, Duration time)
            throws InterruptedException {
        try {
            CompletableFuture.allOf(running.toArray(CompletableFuture[]::new))
                    .get(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            // The results say which checks failed or did not end.
        }
    }

    private List<Result> results(Map<Check, CompletableFuture<List<Finding>>> running, Duration waited) {
        return running.entrySet().stream()
                .map(entry -> result(entry.getKey(), entry.getValue(), waited))
                .toList();
    }

    private Result result(Check check, CompletableFuture<List<Finding>> running, Duration waited) {
        try {
            List<Finding> findings = running.getNow(null);
            if (findings != null) {
                return new Result(check, Outcome.MADE, findings);
            }
            return new Result(check, Outcome.UNFINISHED, List.of(unfinished(check, waited)));
        } catch (CompletionException e) {
            LOG.debug("check {} failed", check.name(), e.getCause());
            return new Result(check, Outcome.FAILED, List.of(Finding.error(check.name(), explanation(e.getCause()))));
        }
    }

    /** A check that needs others is cut off early if there is an error anywhere, and may be merely slow. */
    private Finding unfinished(Check check, Duration waited) {
        String message = "the check of " + check.name() + " did not end within " + waited.toSeconds() + " s";
        return waited.equals(timeout) && !check.needs().isEmpty()
                ? Finding.warning(check.name(), message, "fix the errors, then run 'waltally doctor' again")
                : Finding.error(
                        check.name(),
                        message,
                        "look for what does not answer: a firewall that drops packets, a lock, an overloaded server");
    }

    private String explanation(Throwable failure) {
        return failure instanceof UnusableServerException
                ? failure.getMessage()
                : Explanation.of(failure, Optional.of(configuration)).orElse("the check failed: " + failure);
    }
}
