package io.waltally.schemas.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.waltally.schemas.agg.BucketKey;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Uses a registry whose answers each test sets. */
class AvroReaderTest {
    private static final String TOPIC = "agg.bucket-usage";
    private static final byte[] RECORD = {0, 0, 0, 0, 1, 2, 'a'};

    private HttpServer registry;
    private volatile int status = 200;
    private volatile String body = "{\"schema\": \"{\\\"type\\\": \\\"record\\\", \\\"name\\\": \\\"Key\\\","
            + " \\\"fields\\\": [{\\\"name\\\": \\\"bucket\\\", \\\"type\\\": \\\"string\\\"}]}\"}";

    private Deserializer<BucketKey> keys;

    @BeforeEach
    void startRegistry() throws IOException {
        registry = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        registry.createContext("/", exchange -> {
            byte[] answer = body.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(status, answer.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(answer);
            }
        });
        registry.start();
        keys = new AvroSerdes("http://127.0.0.1:" + registry.getAddress().getPort())
                .of(BucketKey.class, true)
                .deserializer();
    }

    @AfterEach
    void stopRegistry() {
        registry.stop(0);
    }

    @Test
    void aRecordIsReadWithTheSchemaThatItNames() {
        assertThat(keys.deserialize(TOPIC, RECORD)).isEqualTo(new BucketKey("a"));
        assertThat(keys.deserialize(TOPIC, null)).isNull();
    }

    @Test
    void malformedBytesAreNotRetriable() {
        assertThatThrownBy(() -> keys.deserialize(TOPIC, new byte[0]))
                .isExactlyInstanceOf(SerializationException.class)
                .hasMessage("topic agg.bucket-usage: not in the Confluent wire format");
        assertThatThrownBy(() -> keys.deserialize(TOPIC, new byte[] {7, 0, 0, 0, 1, 2, 'a'}))
                .isExactlyInstanceOf(SerializationException.class);
        // Longer than what follows: Avro reports the end of the bytes as an I/O error.
        assertThatThrownBy(() -> keys.deserialize(TOPIC, new byte[] {0, 0, 0, 0, 1, 4, 'a'}))
                .isExactlyInstanceOf(SerializationException.class);
    }

    @Test
    void aSchemaThatIsNoRecordIsWrongForGood() {
        body = "{\"schema\": \"\\\"bytes\\\"\"}";
        assertThatThrownBy(() -> keys.deserialize(TOPIC, RECORD)).isExactlyInstanceOf(SerializationException.class);
    }

    @Test
    void aSchemaThatTheRegistryDoesNotHaveIsWrongUntilItIsThere() {
        String schema = body;
        status = 404;
        body = "{\"error_code\": 40403, \"message\": \"Schema not found\"}";
        assertThatThrownBy(() -> keys.deserialize(TOPIC, RECORD))
                .isExactlyInstanceOf(SerializationException.class)
                .hasMessage("topic agg.bucket-usage: the schema registry has no schema id 1");
        status = 200;
        body = schema;
        assertThat(keys.deserialize(TOPIC, RECORD)).isEqualTo(new BucketKey("a"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"PROTOBUF", "JSON", "OPENAPI"})
    void aSchemaOfAnotherTypeIsWrongForGood(String schemaType) {
        body = "{\"schemaType\": \"" + schemaType + "\", \"schema\": \"message Key {}\"}";
        assertThatThrownBy(() -> keys.deserialize(TOPIC, RECORD))
                .isExactlyInstanceOf(SerializationException.class)
                .hasMessage("topic agg.bucket-usage: schema id 1 is not usable: its type is " + schemaType);
    }

    @Test
    void aSchemaThatIsNoAvroIsWrongForGood() {
        body = "{\"schema\": \"message Key {}\"}";
        assertThatThrownBy(() -> keys.deserialize(TOPIC, RECORD))
                .isExactlyInstanceOf(SerializationException.class)
                .hasMessage("topic agg.bucket-usage: schema id 1 is not usable: it is no valid Avro");
    }

    /** Such as of an ingress, or for a mistyped base path. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<html>404 Not Found</html>",
                "{\"detail\": \"Could not find resource\", \"status\": 404}",
                "{\"error_code\": 404, \"message\": \"HTTP 404 Not Found\"}"
            })
    void notFoundIsTheRegistrysAnswerOnlyWithItsErrorCode(String answer) {
        status = 404;
        body = answer;
        assertThatThrownBy(() -> keys.deserialize(TOPIC, RECORD)).isInstanceOf(RetriableException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 500, 503})
    void registryServerErrorIsRetriable(int answer) {
        status = answer;
        body = "{\"error_code\": " + answer + "01, \"message\": \"later\"}";
        assertThatThrownBy(() -> keys.deserialize(TOPIC, RECORD)).isInstanceOf(RetriableException.class);
    }

    @Test
    void aRegistryThatDoesNotAnswerMayComeBack() {
        registry.stop(0);
        assertThatThrownBy(() -> keys.deserialize(TOPIC, RECORD)).isInstanceOf(RetriableException.class);
    }

    @Test
    void aRegistryThatRefusesIsNoFaultOfTheRecord() {
        status = 401;
        body = "{\"error_code\": 401, \"message\": \"Unauthorized\"}";
        assertThatThrownBy(() -> keys.deserialize(TOPIC, RECORD)).isInstanceOf(InvalidConfigurationException.class);
    }
}
