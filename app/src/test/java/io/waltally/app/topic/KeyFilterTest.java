package io.waltally.app.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.tally.Json;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyFilterTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "b2 | {\"backend_name\":\"b2\"} | true",
                "b2 | {\"backend_name\":\"b20\"} | false",
                "7 | {\"user_id\":7,\"collection_id\":101} | true",
                "101 | {\"user_id\":7,\"collection_id\":101} | true",
                "10 | {\"user_id\":7,\"collection_id\":101} | false",
                "{\"user_id\":7} | {\"user_id\":7,\"collection_id\":101} | true",
                "{\"user_id\":\"7\"} | {\"user_id\":7,\"collection_id\":101} | true",
                "{\"user_id\":7,\"collection_id\":3} | {\"user_id\":7,\"collection_id\":101} | false",
                "{\"user\":7} | {\"user_id\":7} | false",
                "photos/a | \"photos/a\" | true",
                "photos/ | \"photos/a\" | false",
                "null | null | true",
                "{broken | {\"object_key\":\"{broken\"} | true"
            })
    void aKeyIsDescribedByAFieldByFieldsOrWhole(String text, String key, boolean accepted) {
        assertThat(new KeyFilter(text).accepts(Json.parse(key))).isEqualTo(accepted);
    }
}
