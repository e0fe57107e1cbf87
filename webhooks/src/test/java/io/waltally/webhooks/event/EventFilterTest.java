package io.waltally.webhooks.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
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
        return new EventFilter(List.of("user.*", pattern), "").accepts(Outbox.event(type, "x"));
    }

    @Test
    void thePrefixIsOfSubjectsOfWhatHappenedToObjects() {
        EventFilter filter = new EventFilter(List.of("*"), "photos/");
        assertThat(filter.accepts(Outbox.event("s3:ObjectCreated:Put", "photos/a")))
                .isTrue();
        assertThat(filter.accepts(Outbox.event("s3:ObjectCreated:Put", "music/a")))
                .isFalse();
        assertThat(filter.accepts(Outbox.event("object.under_replicated", "music/a")))
                .isFalse();
        assertThat(filter.accepts(Outbox.event("s3:ObjectRemoved:DeleteBatch", null)))
                .isFalse();
        assertThat(filter.accepts(Outbox.event("backend.removed", "b2"))).isTrue();
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
    void aPatternOfNoTypeThatThereIsIsRefused() {
        for (String wrong : List.of("s3:ObjectCreatd:*", "backend.remove", "circuit.*")) {
            assertThatThrownBy(() -> new EventFilter(List.of("*", wrong), ""))
                    .hasMessageContaining("holds \"" + wrong + "\"")
                    .hasMessageContaining("there are s3:ObjectCreated:Put, ");
        }
    }
}
