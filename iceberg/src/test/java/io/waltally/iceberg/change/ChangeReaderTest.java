package io.waltally.iceberg.change;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Source;
import io.waltally.schemas.serde.RegistryAccess;
import io.waltally.sinks.target.TargetException;
import io.waltally.sinks.target.TargetException.Kind;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChangeReaderTest {
    private static final byte[] KEY = {0, 0, 0, 0, 1, 2, 'a'};

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
    void aRecordIsRefusedOnlyIfTheRegistrySaysThatItsSchemaIsNotUsable(int status, String body, Kind kind)
            throws IOException {
        HttpServer registry = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        registry.createContext("/", exchange -> {
            byte[] answer = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, answer.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(answer);
            }
        });
        registry.start();
        String url = "http://127.0.0.1:" + registry.getAddress().getPort();
        try (ChangeReader reader = new ChangeReader(RegistryAccess.of(url))) {
            ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>("s3.public.object_locations", 0, 7, KEY, null);
            new ChangeHeaders(Source.S3, 1, 700, 1, 1, Optional.empty()).addTo(record.headers());
            assertThatThrownBy(() -> reader.read(record))
                    .asInstanceOf(InstanceOfAssertFactories.type(TargetException.class))
                    .extracting(TargetException::kind)
                    .isEqualTo(kind);
        } finally {
            registry.stop(0);
        }
    }
}
