package io.waltally.connectors.capture.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import io.debezium.connector.postgresql.connection.DateTimeFormat;
import io.debezium.time.ZonedTimestamp;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimestampConverterTest {
    private static final long SEED = 7;
    private static final long[] POWERS_OF_TEN = {1, 10, 100, 1_000, 10_000, 100_000, 1_000_000};

    private final AtomicInteger left = new AtomicInteger();
    private final TimestampConverter converter = new TimestampConverter(value -> {
        left.incrementAndGet();
        return value instanceof OffsetDateTime time ? ofDebezium(time) : ofDebezium((String) value);
    });

    @Test
    void anyMicrosecondOfTenThousandYearsIsWrittenAsDebeziumWritesIt() {
        Random random = new Random(SEED);
        long first = Instant.parse("0000-01-01T00:00:00Z").getEpochSecond();
        long last = Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();
        for (int i = 0; i < 20_000; i++) {
            // Few significant digits in some, so that zeros end the fraction, or all is zero.
            long unit = POWERS_OF_TEN[random.nextInt(POWERS_OF_TEN.length)];
            long micros = random.nextLong(1_000_000) / unit * unit;
            OffsetDateTime time = Instant.ofEpochSecond(random.nextLong(first, last + 1), micros * 1_000)
                    .atOffset(ZoneOffset.UTC);
            assertThat(converter.convert(time)).isEqualTo(ofDebezium(time));
            String text = text(time, micros);
            if (time.getYear() > 0) {
                assertThat(converter.convert(text)).as(text).isEqualTo(ofDebezium(text));
            }
        }
        assertThat(left).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-11-30 12:00:00+01",
                "2026-11-30 12:00:00.5+05:30",
                "1890-01-01 00:00:00+00:19:32",
                "0044-03-15 12:00:00+00 BC",
                "12026-11-30 12:00:00+00",
                "294276-12-31 23:59:59.999999+00"
            })
    void otherFormsAreLeftToDebezium(String text) {
        assertThat(converter.convert(text)).isEqualTo(ofDebezium(text));
        assertThat(converter.convert(DateTimeFormat.get().timestampWithTimeZoneToOffsetDateTime(text)))
                .isNotNull();
        assertThat(left).hasPositiveValue();
    }

    @Test
    void aDefaultIsConvertedAlready() {
        assertThat(converter.convert("1970-01-01T00:00:00Z")).isEqualTo("1970-01-01T00:00:00Z");
    }

    /** As PostgreSQL writes it in UTC. */
    private static String text(OffsetDateTime time, long micros) {
        String seconds = "%04d-%02d-%02d %02d:%02d:%02d"
                .formatted(
                        time.getYear(),
                        time.getMonthValue(),
                        time.getDayOfMonth(),
                        time.getHour(),
                        time.getMinute(),
                        time.getSecond());
        return seconds + (micros == 0 ? "" : ".%06d".formatted(micros).replaceAll("0+$", "")) + "+00";
    }

    private static String ofDebezium(String text) {
        return ofDebezium(
                DateTimeFormat.get().timestampWithTimeZoneToOffsetDateTime(text).withOffsetSameInstant(ZoneOffset.UTC));
    }

    private static String ofDebezium(OffsetDateTime time) {
        return ZonedTimestamp.toIsoString(time, null);
    }
}
