package io.waltally.sinks.replica.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.waltally.schemas.serde.RegistryAccess;
import io.waltally.sinks.target.TargetException;
import io.waltally.sinks.target.TargetException.Kind;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Uses a registry whose answers each test sets. */
class WriterSchemasTest {
    private static final byte[] RECORD = {0, 0, 0, 0, 1, 2, 'a'};

    private HttpServer registry;
    private volatile int status;
    private volatile String body = "";

    private WriterSchemas schemas;

    @BeforeEach
    void startRegistry() throws IOException {
        registry = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        registry.createContext("/", exchange -> {
            byte[] answer = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, answer.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(answer);
            }
        });
        registry.start();
        schemas = new WriterSchemas(
                RegistryAccess.of("http://127.0.0.1:" + registry.getAddress().getPort()));
    }

    @AfterEach
    void stopRegistry() {
        registry.stop(0);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "200 | {\"schemaType\": \"PROTOBUF\", \"schema\": \"message Key {}\"} | REFUSED",
                "200 | {\"schema\": \"message Key {}\"}                              | REFUSED",
                "404 | {\"error_code\": 40403, \"message\": \"Schema not found\"}    | REFUSED",
                "404 | {\"error_code\": 404, \"message\": \"HTTP 404 Not Found\"}    | UNAVAILABLE",
                "404 | <html>404 Not Found</html>                                  | UNAVAILABLE",
                "503 | {\"error_code\": 50301, \"message\": \"later\"}               | UNAVAILABLE"
            })
    void aRecordIsRefusedOnlyIfTheRegistrySaysThatItsSchemaIsNotUsable(int answer, String text, Kind kind) {
        status = answer;
        body = text;
        assertThatThrownBy(() -> schemas.ofKey(RECORD))
                .asInstanceOf(InstanceOfAssertFactories.type(TargetException.class))
                .extracting(TargetException::kind)
                .isEqualTo(kind);
    }

    @Test
    void aTopicHasNoSchemaYetOnlyIfTheRegistrySaysSo() {
        status = 404;
        body = "{\"error_code\": 40401, \"message\": \"Subject not found\"}";
        assertThat(schemas.latestKey("s3.public.object_locations")).isEmpty();
        body = "{\"error_code\": 404, \"message\": \"HTTP 404 Not Found\"}";
        assertThatThrownBy(() -> schemas.latestKey("s3.public.object_locations"))
                .asInstanceOf(InstanceOfAssertFactories.type(TargetException.class))
                .extracting(TargetException::kind)
                .isEqualTo(Kind.UNAVAILABLE);
    }
}
