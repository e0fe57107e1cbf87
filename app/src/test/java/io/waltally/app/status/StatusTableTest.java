package io.waltally.app.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StatusTableTest {
    private static final int COLUMNS = 80;
    private static final long LARGE = 999L << 30;
    private static final String LSN = "FFF/FFFFFFFF";

    /** The longest states, and values of a server that wrote 16 TiB of WAL and is a day behind. */
    @Test
    void noRowOfLargeValuesIsWiderThanATerminal() {
        StatusReport report = new StatusReport(
                Optional.empty(),
                Map.of("sync", source()),
                Map.of(
                        "webhooks",
                        new StageStatus("rebalancing", Optional.empty(), Optional.of(1_000_000_000L), Optional.of(64))),
                Map.of(
                        "events",
                        new SinkSummary(
                                "notification-outbox",
                                "rebalancing",
                                Optional.empty(),
                                Optional.of(1_000_000L),
                                Optional.of(86_400.0),
                                Optional.of(LARGE),
                                Optional.of(LSN),
                                Optional.of(100_000.0),
                                Optional.of(1_000_000L),
                                Optional.of(100_000L),
                                Optional.of(2),
                                0)));
        List<String> lines = StatusTable.of(report).lines().toList();
        assertThat(lines)
                .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(COLUMNS))
                .contains(
                        "SOURCE STATE       SERVER LSN   CAPTURED LSN APPLIED LSN      LAG  LAG TIME",
                        "sync   unreachable FFF/FFFFFFFF FFF/FFFFFFFF FFF/FFFFFFFF 999 GiB 86400.0 s",
                        "sync   yes    FFF/FFFFFFFF unreserved  999 GiB 999 GiB 864000 s waltally_sync",
                        "SINK   STATE                   LAG  LAG TIME     WAL APPLIED LSN",
                        "SINK     ROWS/S      LAST BATCH RETRIES TYPE");
        assertThat(String.join("", lines)).contains("1000000000 records", "1000000 records", "notification-outbox");
    }

    @Test
    void aTableWithoutRowsHasNoHeadingEither() {
        StatusReport report = new StatusReport(
                Optional.empty(),
                Map.of(),
                Map.of("streams", new StageStatus("running", Optional.empty(), Optional.of(1L), Optional.of(2))),
                Map.of());
        assertThat(StatusTable.of(report).lines())
                .containsExactly("STAGE   STATE        LAG THREADS", "streams running 1 record       2");
    }

    private static SourceStatus source() {
        return new SourceStatus(
                SourceStatus.UNREACHABLE,
                Optional.empty(),
                Optional.of(LSN),
                Optional.of(LSN),
                Optional.of(LSN),
                Optional.of(LARGE),
                Optional.of(86_400.0),
                Optional.of(new SlotStatus(
                        "waltally_sync",
                        true,
                        Optional.of(LSN),
                        Optional.of(LSN),
                        Optional.of("unreserved"),
                        Optional.of(LARGE),
                        Optional.of(LARGE),
                        Optional.of(LARGE),
                        Optional.of(864_000L),
                        Optional.of(true),
                        Optional.empty())),
                Optional.of(3),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                0);
    }
}
