package io.waltally.app.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.config.ApiToken;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.HttpSettings;
import io.waltally.app.config.value.Secret;
import io.waltally.app.doctor.check.Check;
import io.waltally.app.doctor.check.Finding;
import io.waltally.app.doctor.check.Severity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
    private static final Configuration CONFIGURATION =
            Configuration.from(Map.of("kafka.bootstrap.servers", "broker:9092"));

    private record Fixed(String name, Set<String> needs, Callable<List<Finding>> result) implements Check {
        Fixed(String name, Callable<List<Finding>> result) {
            this(name, Set.of(), result);
        }

        @Override
        public List<Finding> run() throws Exception {
            return result.call();
        }
    }

    @Test
    void aCheckThatFailsOrHangsIsAFindingAndTheOthersAreMade() {
        // Given
        CountDownLatch never = new CountDownLatch(1);
        Check hanging = new Fixed("hanging", () -> {
            never.await();
            return List.of();
        });
        Check failing = new Fixed("failing", () -> {
            throw new TimeoutException("x");
        });
        Check reporting = new Fixed("reporting", () -> List.of(Finding.error("reporting", "x", "y")));
        Check dependent = new Fixed("dependent", Set.of("fine", "reporting"), () -> {
            throw new TimeoutException("y");
        });
        Check late = new Fixed("late", Set.of("fine"), () -> {
            never.await();
            return List.of();
        });
        Check unmade = new Fixed("unmade", Set.of("failing"), () -> List.of(Finding.ok("unmade", "was made")));
        Check after = new Fixed("after", Set.of("fine"), () -> List.of(Finding.ok("after", "was made")));
        Check broken = new Fixed("broken", () -> {
            throw new IllegalStateException("defect");
        });
        Check fine = new Fixed("fine", () -> List.of(Finding.ok("fine", "works")));
        // When
        DoctorReport report = new Doctor(
                        CONFIGURATION,
                        List.of(hanging, failing, reporting, dependent, late, unmade, after, broken, fine),
                        Duration.ofMillis(500),
                        Duration.ofHours(1))
                .examine();
        never.countDown();
        // Then
        assertThat(report.findings())
                .extracting(Finding::check)
                .containsExactly("hanging", "failing", "reporting", "late", "after", "broken", "fine");
        assertThat(report.findings().get(0).message()).contains("did not end within");
        assertThat(report.findings().get(1).message())
                .isEqualTo("Kafka at broker:9092 (kafka.bootstrap.servers) does not answer");
        assertThat(report.findings().get(1).remedy()).get().asString().startsWith("start it, or correct");
        assertThat(report.findings().get(3).message()).contains("did not end within");
        assertThat(report.findings().get(3).severity()).isEqualTo(Severity.WARNING);
        assertThat(report.healthy()).isFalse();
        assertThat(report.errors()).isEqualTo(4);
    }

    @Test
    void slowCheckIsGivenMoreTime() {
        Check slow = new Fixed("slow", () -> List.of(Finding.ok("slow", "works")));
        DoctorReport report = new Doctor(CONFIGURATION, List.of(slow), Duration.ZERO, Duration.ofMinutes(1)).examine();
        assertThat(report.healthy()).as(report.toString()).isTrue();
    }

    @Test
    void warningsDoNotMakeAReportUnhealthy() {
        DoctorReport report = DoctorReport.of(List.of(Finding.warning("a", "b", "c"), Finding.ok("d", "e")));
        assertThat(report.healthy()).isTrue();
        assertThat(report.warnings()).isEqualTo(1);
    }

    private static HttpSettings api(String host, int port) {
        ApiToken token = new ApiToken("test", ApiToken.Scope.READ, new Secret("0123456789abcdef"));
        return new HttpSettings(host, port, Optional.empty(), Set.of(), List.of(token), Optional.empty());
    }

    @Test
    void aTakenPortAndAnAddressOfAnotherMachineAreErrorsWithTheirKeys() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = other.getLocalPort();
            assertThat(check(api("127.0.0.1", port))).singleElement().satisfies(finding -> {
                assertThat(finding.severity()).isEqualTo(Severity.ERROR);
                assertThat(finding.message()).isEqualTo("port " + port + " of 127.0.0.1 is in use");
                assertThat(finding.remedy()).get().asString().contains("--http-port or http.port");
            });
        }
        assertThat(check(api("10.9.9.9", 8080))).singleElement().satisfies(finding -> {
            assertThat(finding.message()).isEqualTo("http.host is \"10.9.9.9\": this machine has no such address");
            assertThat(finding.remedy()).get().asString().contains("give an address of this machine");
        });
        assertThat(check(api("nowhere.invalid", 8080)))
                .singleElement()
                .extracting(Finding::message)
                .isEqualTo("http.host is \"nowhere.invalid\": its address is unknown");
        assertThat(check(api("127.0.0.1", 0)))
                .singleElement()
                .extracting(Finding::severity)
                .isEqualTo(Severity.OK);
    }

    private static List<Finding> check(HttpSettings settings) throws InterruptedException {
        return new PortCheck(settings).run();
    }

    @Test
    void aStateDirectoryThatCannotBeIsAnErrorWithItsKey(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");
        assertThat(checkState(file.resolve("state"))).singleElement().satisfies(finding -> {
            assertThat(finding.severity()).isEqualTo(Severity.ERROR);
            assertThat(finding.message())
                    .isEqualTo(file.resolve("state") + " (streams.state-directory) cannot be used: " + file
                            + " is not a directory");
            assertThat(finding.remedy()).isPresent();
        });
        assertThat(checkState(directory.resolve("not/yet")))
                .singleElement()
                .extracting(Finding::severity)
                .isEqualTo(Severity.OK);
        assertThat(directory.resolve("not")).doesNotExist();
    }

    private static List<Finding> checkState(Path path) throws IOException {
        return new StateDirectoryCheck(Configuration.from(Map.of("streams.state-directory", path.toString()))).run();
    }
}
