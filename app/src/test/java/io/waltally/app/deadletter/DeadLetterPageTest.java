package io.waltally.app.deadletter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DeadLetterPageTest {
    private static DeadLetterPosition place(long time, int partition, long offset) {
        return new DeadLetterPosition(time, "dlq.streams", partition, offset);
    }

    @Test
    void pagesContainEachLetterOnceWhileNewLettersArrive() {
        List<DeadLetterPosition> all = new ArrayList<>(
                List.of(place(1, 0, 1), place(3, 1, 0), place(2, 0, 2), place(3, 0, 3), place(0, 1, 1)));
        DeadLetterPage first = DeadLetterPage.of(all, Optional.empty(), 2);
        assertThat(first.places()).containsExactly(place(3, 1, 0), place(3, 0, 3));
        all.add(place(4, 0, 4));
        DeadLetterPage second = DeadLetterPage.of(all, first.next(), 2);
        assertThat(second.places()).containsExactly(place(2, 0, 2), place(1, 0, 1));
        DeadLetterPage third = DeadLetterPage.of(all, second.next(), 2);
        assertThat(third.places()).containsExactly(place(0, 1, 1));
        assertThat(third.next()).isEmpty();
    }

    @Test
    void aPlaceIsReadAsItIsWritten() {
        DeadLetterPosition place = new DeadLetterPosition(-7, "a_topic-1.x", 2, 3);
        assertThat(DeadLetterPosition.parse(place.toString())).isEqualTo(place);
        assertThatThrownBy(() -> DeadLetterPosition.parse("7_x_3_t")).isInstanceOf(IllegalArgumentException.class);
    }
}
