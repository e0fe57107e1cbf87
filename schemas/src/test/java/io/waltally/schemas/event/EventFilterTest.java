package io.waltally.schemas.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EventFilterTest {
    @Test
    void aPatternIsEverythingOrATypeOrTheBeginningOfTypes() {
        assertThat(accepts("*", "backend.removed")).isTrue();
        assertThat(accepts("backend.removed", "backend.removed")).isTrue();
        assertThat(accepts("backend.removed", "backend.removed.twice")).isFalse();
        assertThat(accepts("backend.*", "backend.removed")).isTrue();
        assertThat(accepts("backend.*", "backendremoved")).isFalse();
        assertThat(accepts("s3:ObjectCreated:*", "s3:ObjectCreated:Put")).isTrue();
        assertThat(accepts("s3:ObjectCreated:*", "s3:ObjectRemoved:Delete")).isFalse();
    }

    private static boolean accepts(String pattern, String type) {
        return new EventFilter(List.of("user.*", pattern), "").accepts(type, Optional.of("x"));
    }

    @Test
    void prefixAppliesOnlyToObjectEvents() {
        EventFilter filter = new EventFilter(List.of("*"), "photos/");
        assertThat(filter.accepts("s3:ObjectCreated:Put", Optional.of("photos/a")))
                .isTrue();
        assertThat(filter.accepts("s3:ObjectCreated:Put", Optional.of("music/a")))
                .isFalse();
        assertThat(filter.accepts("object.under_replicated", Optional.of("music/a")))
                .isFalse();
        assertThat(filter.accepts("s3:ObjectRemoved:DeleteBatch", Optional.empty()))
                .isFalse();
        assertThat(filter.accepts("backend.removed", Optional.of("b2"))).isTrue();
    }

    @Test
    void anAsteriskStandsAtTheEndOnly() {
        for (String wrong : List.of("*.removed", "s3:*:Put", "**", " ", "")) {
            assertThatThrownBy(() -> new EventFilter(List.of(wrong), ""))
                    .as(wrong)
                    .hasMessageContaining("beginning of types");
        }
        assertThatThrownBy(() -> new EventFilter(List.of(), "")).hasMessageContaining("must hold a pattern");
    }

    @Test
    void patternWithoutMatchingTypeIsRejected() {
        for (String wrong : List.of("s3:ObjectCreatd:*", "backend.remove", "circuit.*")) {
            assertThatThrownBy(() -> new EventFilter(List.of("*", wrong), ""))
                    .hasMessageContaining("holds \"" + wrong + "\"")
                    .hasMessageContaining("there are s3:ObjectCreated:Put, ");
        }
    }
}
