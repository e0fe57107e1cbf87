package io.waltally.connectors.capture.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.connectors.capture.retention.RetentionAlarm.Notice;
import io.waltally.connectors.capture.retention.RetentionAlarm.Severity;
import io.waltally.schemas.Lsn;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RetentionAlarmTest {
    private static final long MIB = 1L << 20;
    private static final Optional<Long> LIMIT = Optional.of(100 * MIB);
    private static final Optional<Long> NO_LIMIT = Optional.empty();

    private final RetentionAlarm alarm = new RetentionAlarm(10 * MIB);

    @Test
    void eachThresholdIsLoggedOnceWhenItIsCrossed() {
        assertThat(severity(49, LIMIT)).isEmpty();
        assertThat(severity(50, LIMIT)).hasValue(Severity.WARNING);
        assertThat(severity(60, LIMIT)).isEmpty();
        assertThat(severity(80, LIMIT)).hasValue(Severity.WARNING);
        assertThat(severity(89, LIMIT)).isEmpty();
        assertThat(severity(90, LIMIT)).hasValue(Severity.SERIOUS);
        assertThat(severity(120, LIMIT)).isEmpty();
    }

    @Test
    void thresholdsCrossedAtOnceAreLoggedAsOne() {
        assertThat(severity(95, LIMIT)).hasValue(Severity.SERIOUS);
        assertThat(severity(96, LIMIT)).isEmpty();
    }

    @Test
    void recoveryIsLoggedOnceAndRearmsTheThresholds() {
        severity(80, LIMIT);
        assertThat(severity(60, LIMIT)).as("not yet below all").isEmpty();
        assertThat(severity(80, LIMIT)).as("crossed before").isEmpty();
        assertThat(severity(46, LIMIT)).as("about the threshold").isEmpty();
        assertThat(severity(44, LIMIT)).hasValue(Severity.RECOVERED);
        assertThat(severity(1, LIMIT)).isEmpty();
        assertThat(severity(50, LIMIT)).hasValue(Severity.WARNING);
    }

    @Test
    void withoutALimitOfTheServerTheConfiguredSizeIsTheThreshold() {
        assertThat(severity(9, NO_LIMIT)).isEmpty();
        assertThat(severity(10, NO_LIMIT)).hasValue(Severity.WARNING);
        assertThat(severity(1_000, NO_LIMIT)).isEmpty();
        assertThat(severity(8, NO_LIMIT)).hasValue(Severity.RECOVERED);
    }

    @Test
    void aLostSlotIsLoggedAfterEveryThreshold() {
        severity(95, LIMIT);
        assertThat(alarm.check(wal(Optional.empty(), LIMIT, "lost", Optional.empty()))
                        .map(Notice::message))
                .hasValue("slot waltally_s3 is lost (wal_removed): the server has removed WAL that it still needed");
        assertThat(alarm.check(wal(Optional.empty(), LIMIT, "lost", Optional.empty())))
                .as("neither again nor recovered")
                .isEmpty();
    }

    @Test
    void theNoticeNamesAmountLimitAndTimeLeft() {
        assertThat(alarm.check(wal(Optional.of(52 * MIB), LIMIT, "extended", Optional.of(Duration.ofSeconds(130))))
                        .map(Notice::message))
                .hasValue("slot waltally_s3 retains 52 MiB of WAL, 52 % of max_slot_wal_keep_size (100 MiB), which is"
                        + " reached in 2 min at this rate; beyond it the server invalidates the slot, and"
                        + " changes are lost");
    }

    @Test
    void theTimeLeftIsThatOfTheBytesThatMayStillBeWritten() {
        ServerWal server =
                wal(Optional.of(60 * MIB), LIMIT, "extended", Optional.empty()).server();
        assertThat(RetainedWal.of(server, Optional.of((double) MIB)).timeLeft()).hasValue(Duration.ofSeconds(40));
        assertThat(RetainedWal.of(server, Optional.of(0.0)).timeLeft()).isEmpty();
        assertThat(RetainedWal.of(server, Optional.empty()).timeLeft()).isEmpty();
        ServerWal unlimited = wal(Optional.of(60 * MIB), NO_LIMIT, "extended", Optional.empty())
                .server();
        assertThat(RetainedWal.of(unlimited, Optional.of((double) MIB)).timeLeft())
                .isEmpty();
    }

    private Optional<Severity> severity(long mebibytes, Optional<Long> limit) {
        return alarm.check(wal(Optional.of(mebibytes * MIB), limit, "extended", Optional.empty()))
                .map(Notice::severity);
    }

    private static RetainedWal wal(
            Optional<Long> retained, Optional<Long> limit, String walStatus, Optional<Duration> timeLeft) {
        ServerWal.Slot slot = new ServerWal.Slot(
                "waltally_s3",
                true,
                Optional.empty(),
                Optional.empty(),
                Optional.of(walStatus),
                retained,
                Optional.empty(),
                Optional.of(true),
                Optional.of("wal_removed").filter(reason -> walStatus.equals("lost")));
        return new RetainedWal(new ServerWal(new Lsn(1), limit, Optional.of(slot)), Optional.empty(), timeLeft);
    }
}
