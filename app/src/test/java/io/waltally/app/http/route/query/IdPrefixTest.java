package io.waltally.app.http.route.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.pipeline.view.IdRange;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IdPrefixTest {
    private static final long SEED = Long.getLong("waltally.seed", System.nanoTime());

    @Test
    void itSelectsTheIdsWhoseDecimalFormBeginsWithIt() {
        System.out.println("seed " + SEED);
        Random random = new Random(SEED);
        List<String> prefixes = List.of(
                "", "-", "0", "1", "9", "-1", "42", "-42", "922", "9223372036854775807", "-9223372036854775808");
        for (int i = 0; i < 20_000; i++) {
            long id = random.nextLong() >> random.nextInt(64);
            String text = Long.toString(id);
            String own = text.substring(0, random.nextInt(text.length() + 1));
            for (String prefix : prefixes) {
                assertThat(selects(prefix, id)).as("%s of %s", prefix, id).isEqualTo(text.startsWith(prefix));
            }
            assertThat(IdPrefix.isOne(own)).as(own).isTrue();
            assertThat(selects(own, id)).as("%s of %s", own, id).isTrue();
        }
    }

    @Test
    void rangesAscendWithoutOverlapUpToTheLastIds() {
        for (String prefix : List.of("9", "-9", "1", "-1", "9223372036854775807", "-9223372036854775808")) {
            List<IdRange> ranges = IdPrefix.ranges(prefix);
            for (int i = 1; i < ranges.size(); i++) {
                assertThat(ranges.get(i).first())
                        .isGreaterThan(ranges.get(i - 1).last());
            }
        }
        assertThat(IdPrefix.ranges("9")).last().isEqualTo(new IdRange(9_000_000_000_000_000_000L, Long.MAX_VALUE));
        assertThat(IdPrefix.ranges("-9")).first().isEqualTo(new IdRange(Long.MIN_VALUE, -9_000_000_000_000_000_000L));
        assertThat(IdPrefix.ranges("9999999999999999999")).isEmpty();
    }

    @Test
    void nothingElseIsTheBeginningOfANumber() {
        for (String text : List.of("00", "007", "+7", "-0", "a", " ", "1e3", "12345678901234567890")) {
            assertThat(IdPrefix.isOne(text)).as(text).isFalse();
        }
    }

    private static boolean selects(String prefix, long id) {
        return IdPrefix.ranges(prefix).stream().anyMatch(range -> id >= range.first() && id <= range.last());
    }
}
