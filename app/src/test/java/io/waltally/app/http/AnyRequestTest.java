package io.waltally.app.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.waltally.app.tally.AsOf;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.StringJoiner;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Sends requests with random values for all parameters. Values that the API document allows are never rejected as malformed, all
 * others are, and none causes an internal error. {@link ApiFixture} compares each answer with the document.
 */
class AnyRequestTest {
    private static final long SEED = Long.getLong("waltally.seed", System.nanoTime());
    private static final int ROUNDS = 400;

    private static final List<String> VALUES = List.of(
            "",
            " ",
            "0",
            "1",
            "42",
            "100",
            "1000",
            "1001",
            "-1",
            "-0",
            "007",
            "+7",
            "\u0667",
            "1e3",
            "9223372036854775807",
            "9223372036854775808",
            "abc",
            "true",
            "false",
            "TRUE",
            "null",
            "s3",
            "sync",
            "S3",
            "0/0",
            "0/16B3748",
            "ffffffff/FFFFFFFF",
            "FFFFFFFFF/0",
            "G/1",
            "0/",
            "0/10 ",
            "0s",
            "500ms",
            "5 s",
            "05s",
            "000000000005s",
            "5\ts",
            "5  s",
            "60s",
            "61s",
            "1m",
            "2m",
            "60000ms",
            "60001ms",
            "1h",
            "5",
            "ms",
            "YWZ0ZXI6",
            "YWZ0ZXI6YQ",
            "YWZ0ZXI6YWI",
            "YWZ0ZXI6_-__",
            "YWZ0ZXI6Y",
            "YWZ0ZXI",
            "2147483647",
            "-2147483648",
            "99999999999",
            "ü",
            "漢😀",
            "a/b",
            "..%2F",
            "%",
            "\u0000",
            "\n",
            "'\"<&>",
            "a".repeat(3000));

    private final Random random = new Random(SEED);
    private final ApiFixture api = new ApiFixture();
    private final ApiContract contract = new ApiContract();

    @BeforeEach
    void reachEveryLsn() {
        for (Source source : Source.values()) {
            api.tallies.asOf.put(source, new AsOf(source, 1, new Lsn(-1)));
        }
        api.tallies.backends.put("x", FakeTallies.quota(1));
        api.tallies.buckets.put("x", FakeTallies.bucket(1, 1));
        api.tallies.storage.put(42L, FakeTallies.stored(1));
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void eachValueOfEachParameterIsAnsweredAsTheDocumentSays() {
        for (Operation operation : operations()) {
            for (String parameter : operation.parameters().keySet()) {
                for (String value : VALUES) {
                    ask(operation, name -> name.equals(parameter) ? Optional.of(value) : Optional.empty(), "", "alone");
                }
            }
        }
    }

    @Test
    void anyValuesTogetherAreAnsweredAsTheDocumentSays() {
        List<Operation> operations = operations();
        for (int round = 0; round < ROUNDS; round++) {
            ask(
                    operations.get(random.nextInt(operations.size())),
                    name -> random.nextInt(3) == 0
                            ? Optional.empty()
                            : Optional.of(VALUES.get(random.nextInt(VALUES.size()))),
                    random.nextInt(20) == 0 ? "unknown=1" : "",
                    "seed " + SEED + ", round " + round);
        }
    }

    private List<Operation> operations() {
        return Stream.of("GET", "POST")
                .flatMap(method -> contract.paths(method).stream()
                        .map(path -> new Operation(method, path, contract.parameters(method, path))))
                .toList();
    }

    /** @param unknown a query that no operation takes, or nothing */
    private void ask(
            Operation operation, Function<String, Optional<String>> values, String unknown, String description) {
        boolean valid = unknown.isEmpty();
        String path = operation.path();
        StringJoiner query = new StringJoiner("&", "?", "").setEmptyValue("");
        for (Map.Entry<String, JsonNode> parameter : operation.parameters().entrySet()) {
            String in = parameter.getValue().path("in").asText();
            if (in.equals("header")) {
                continue;
            }
            boolean inPath = in.equals("path");
            Optional<String> value = values.apply(parameter.getKey());
            if (inPath) {
                value = value.filter(AnyRequestTest::fitsAPath).or(() -> Optional.of(operation.existing()));
            }
            if (value.isEmpty()) {
                continue;
            }
            String text = value.get();
            valid &= contract.allows(parameter.getValue().path("schema"), json(parameter.getValue(), text));
            if (inPath) {
                path = path.replace("{" + parameter.getKey() + "}", encoded(text));
            } else {
                query.add(parameter.getKey() + "=" + encoded(text));
            }
        }
        if (!unknown.isEmpty()) {
            query.add(unknown);
        }
        String request = path + query;
        int status = (operation.method().equals("GET")
                        ? api.get(request)
                        : api.post(request, "application/json", ApiContract.body(path)))
                .status();
        String asked = description + ": " + operation.method() + " " + request;
        assertThat(status).as(asked).isNotEqualTo(500);
        if (valid) {
            assertThat(status).as(asked).isNotEqualTo(400);
        } else {
            assertThat(status).as(asked).isIn(400, 404);
        }
    }

    private record Operation(String method, String path, Map<String, JsonNode> parameters) {
        /** A value of the parameter in the path for which there is an answer. */
        String existing() {
            return path.contains("{id}") ? "42" : path.contains("{source}") ? "s3" : "x";
        }
    }

    /** Values that the HTTP server accepts in a path. */
    private static boolean fitsAPath(String value) {
        return !value.isEmpty() && value.chars().noneMatch(Character::isISOControl) && value.length() < 1000;
    }

    private static JsonNode json(JsonNode parameter, String value) {
        String type = parameter.path("schema").path("type").asText();
        if (type.equals("integer") && value.matches("0|-?[1-9][0-9]{0,18}")) {
            try {
                return LongNode.valueOf(Long.parseLong(value));
            } catch (NumberFormatException e) {
                return TextNode.valueOf(value);
            }
        }
        return type.equals("boolean") && List.of("true", "false").contains(value)
                ? BooleanNode.valueOf(value.equals("true"))
                : TextNode.valueOf(value);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
