package io.waltally.sinks.replica.row;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class TimeTextTest {
    private static final int SAMPLES = 20_000;
    private static final long MICROS_PER_SECOND = 1_000_000;

    /** PostgreSQL has no plus sign before five digits. */
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("yyyy-MM-dd");

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSSSSS");

    private static String text(Consumer<CopyText> time) {
        CopyText text = new CopyText();
        time.accept(text);
        return new String(text.copy(0, text.length()), StandardCharsets.US_ASCII);
    }

    private static String date(LocalDate date) {
        return DATE.format(date).replace("+", "");
    }

    private static String era(LocalDate date) {
        return date.getYear() > 0 ? "" : " BC";
    }

    @Test
    void datesAreThoseOfTheCalendar() {
        Random random = new Random(1);
        for (int i = 0; i < SAMPLES; i++) {
            LocalDate date = LocalDate.ofEpochDay(random.nextInt(4_000_000) - 2_400_000);
            assertThat(text(out -> TimeText.date(date.toEpochDay(), out))).isEqualTo(date(date) + era(date));
        }
    }

    @Test
    void timestampsHaveTheirMicroseconds() {
        Random random = new Random(2);
        for (int i = 0; i < SAMPLES; i++) {
            long second = random.nextLong(400_000_000_000L) - 200_000_000_000L;
            int micros = random.nextInt((int) MICROS_PER_SECOND);
            LocalDateTime time = LocalDateTime.ofEpochSecond(second, micros * 1000, ZoneOffset.UTC);
            String expected = date(time.toLocalDate()) + " " + TIME.format(time) + era(time.toLocalDate());
            assertThat(text(out -> TimeText.timestamp(second * MICROS_PER_SECOND + micros, out)))
                    .isEqualTo(expected);
            LocalDateTime millis = time.withNano(micros / 1000 * 1_000_000);
            assertThat(text(out -> TimeText.timestampMillis(second * 1000 + micros / 1000, out)))
                    .isEqualTo(date(millis.toLocalDate()) + " " + TIME.format(millis) + era(millis.toLocalDate()));
        }
    }

    @Test
    void timesReachTwentyFourHours() {
        assertThat(text(out -> TimeText.time(0, out))).isEqualTo("00:00:00.000000");
        assertThat(text(out -> TimeText.time(86_400 * MICROS_PER_SECOND, out))).isEqualTo("24:00:00.000000");
        assertThat(text(out -> TimeText.timeMillis(86_399_999, out))).isEqualTo("23:59:59.999000");
    }

    @Test
    void zonedTimesHaveAnEraInsteadOfASign() {
        assertThat(TimeText.zoned("2024-02-29T12:00:00Z")).isEqualTo("2024-02-29T12:00:00Z");
        assertThat(TimeText.zoned("-0043-03-15T12:00:00.5Z")).isEqualTo("0044-03-15T12:00:00.5Z BC");
        assertThat(TimeText.zoned("0000-01-01T00:00:00Z")).isEqualTo("0001-01-01T00:00:00Z BC");
        assertThat(TimeText.zoned("+12345-06-07T08:09:10Z")).isEqualTo("12345-06-07T08:09:10Z");
        assertThat(TimeText.zoned("infinity")).isEqualTo("infinity");
        assertThat(TimeText.zoned("-infinity")).isEqualTo("-infinity");
    }
}
