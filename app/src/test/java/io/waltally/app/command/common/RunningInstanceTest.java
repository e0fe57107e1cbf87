package io.waltally.app.command.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.app.config.Configuration;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RunningInstanceTest {
    private static RunningInstance at(int port, Duration timeout) {
        Configuration configuration = Configuration.from(Map.of("http.port", Integer.toString(port)));
        return new RunningInstance(configuration.http(), Optional.empty(), timeout);
    }

    @Test
    void anInstanceThatDoesNotAnswerInTimeIsNotTakenForNone() throws IOException {
        // The operating system accepts connections, and nobody reads them.
        try (ServerSocket hanging = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            RunningInstance instance = at(hanging.getLocalPort(), Duration.ofMillis(100));
            String message = "the instance at " + instance + " has not answered the request within 0 s";
            assertThatThrownBy(() -> instance.get("/api/status"))
                    .isInstanceOf(UnansweredFailure.class)
                    .hasMessage(message);
            assertThatThrownBy(() -> instance.namedItems("/api/sinks"))
                    .isInstanceOf(UnansweredFailure.class)
                    .hasMessage(message);
            assertThatThrownBy(() -> instance.post("/api/loggers/root", "{}"))
                    .isInstanceOf(CommandFailure.class)
                    .hasMessage(message
                            + ", so it is not known whether it was accepted; 'waltally status' shows the state");
        }
    }

    @Test
    void somethingElseThatListensIsNotTakenForNone() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Thread answering = new Thread(() -> {
                try (var connection = other.accept()) {
                    connection.getInputStream().read();
                    connection.getOutputStream().write("SSH-2.0\r\n\r\n".getBytes(StandardCharsets.UTF_8));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            answering.start();
            RunningInstance instance = at(other.getLocalPort(), Duration.ofSeconds(30));
            assertThatThrownBy(() -> instance.getIfOffered("/api/status"))
                    .isInstanceOf(UnansweredFailure.class)
                    .hasMessageStartingWith("what listens at " + instance + " has not answered the request (")
                    .hasMessageEndingWith("). If it speaks TLS, the configuration needs http.tls.certificate");
            answering.join();
        }
    }

    @Test
    void nothingThatListensIsNone() {
        assertThat(at(1, Duration.ofSeconds(30)).get("/api/status")).isEmpty();
    }
}
