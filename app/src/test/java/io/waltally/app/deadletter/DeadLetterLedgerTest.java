package io.waltally.app.deadletter;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.DeadLetterHeaders;
import io.waltally.schemas.control.DeadLetterEvent;
import io.waltally.schemas.control.DeadLetterEventType;
import io.waltally.schemas.control.DeadLetterKey;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeadLetterLedgerTest {
    private static final String TOPIC = "dlq.webhooks";
    private static final String TOPIC_ID = "0Q4mqT9lTHWyJ3bZ1y2sNg";
    private static final Instant NOON = Instant.parse("2026-11-29T12:00:00Z");

    private final DeadLetterLedger ledger = new DeadLetterLedger(Map.of(TOPIC, TOPIC_ID));

    @Test
    void aLetterWithoutEventsIsOpen() {
        ledger.add(letter(0, 7, "crm"));
        // Then
        DeadLetterHistory filed = only();
        assertThat(filed.state()).isEqualTo(DeadLetterState.OPEN);
        assertThat(filed.result()).isEmpty();
        assertThat(filed.awaitedSince()).isEmpty();
    }

    @Test
    void aTombstoneIsNoEvent() {
        ledger.add(letter(0, 7, "crm"));
        ledger.add(key(0, 7, "crm"), null);
        assertThat(only().state()).isEqualTo(DeadLetterState.OPEN);
    }

    @ParameterizedTest
    @EnumSource
    void onlySomeEventsResolveALetter(DeadLetterEventType type) {
        ledger.add(letter(0, 7, "crm"));
        // When
        ledger.add(key(0, 7, "crm"), event(type, "r1"));
        // Then
        DeadLetterState expected = switch (type) {
            case UNKNOWN, REQUESTED, REFUSED -> DeadLetterState.OPEN;
            case REPAIRED, DELIVERED, WRITTEN, SUPERSEDED, HANDLED -> DeadLetterState.REPLAYED;
            case DROPPED -> DeadLetterState.DROPPED;
        };
        assertThat(only().state()).isEqualTo(expected);
    }

    @Test
    void aResultIsAwaitedFromTheRequestToItsAnswer() {
        ledger.add(letter(0, 7, "crm"));
        ledger.add(key(0, 7, "crm"), event(DeadLetterEventType.REQUESTED, "r1"));
        ledger.add(key(0, 7, "crm"), event(DeadLetterEventType.REQUESTED, "r2"));
        ledger.add(key(0, 7, "crm"), event(DeadLetterEventType.REFUSED, "r1"));
        assertThat(only().awaitedSince()).contains(NOON);
        assertThat(only().resultOf("r1")).map(DeadLetterEvent::getType).contains(DeadLetterEventType.REFUSED);
        assertThat(only().resultOf("r2")).isEmpty();
        // When
        ledger.add(key(0, 7, "crm"), event(DeadLetterEventType.REFUSED, "r2"));
        // Then
        assertThat(only().awaitedSince()).isEmpty();
        assertThat(only().isOpen()).isTrue();
        assertThat(only().replays()).isEqualTo(2);
    }

    @Test
    void aLetterThatIsRefusedAgainIsSupersededByTheNewOne() {
        ledger.add(letter(0, 7, "crm"));
        ledger.add(key(0, 7, "crm"), event(DeadLetterEventType.REQUESTED, "r1"));
        // When
        ledger.add(letter(5, 7, "crm"));
        // Then
        List<DeadLetterHistory> letters = ledger.letters();
        assertThat(letters)
                .extracting(DeadLetterHistory::state)
                .containsExactly(DeadLetterState.REPLAYED, DeadLetterState.OPEN);
        assertThat(letters.get(0).result()).contains(DeadLetterEventType.REFUSED);
        assertThat(letters.get(0).successor().orElseThrow().record().offset()).isEqualTo(5);
    }

    @Test
    void lettersForOtherReceiversOrOfOtherRecordsDoNotSupersede() {
        ledger.add(letter(0, 7, "crm"));
        ledger.add(letter(1, 7, "erp"));
        ledger.add(letter(2, 8, "crm"));
        assertThat(ledger.letters()).allMatch(DeadLetterHistory::isOpen);
    }

    /** The outbox was created anew: the same place in it is another notification. */
    @Test
    void aLetterWithOtherContentDoesNotSupersede() {
        ledger.add(letter(0, 7, "crm"));
        ledger.add(DeadLetter.of(DeadLetterStage.WEBHOOKS, record(1, 7, "crm", "other")));
        assertThat(ledger.letters()).allMatch(DeadLetterHistory::isOpen);
    }

    @Test
    void eventsOfATopicThatWasCreatedAnewOrOfAnotherLetterAtTheSameOffsetDoNotCount() {
        ledger.add(letter(0, 7, "crm"));
        // When
        ledger.add(
                new DeadLetterLedger(Map.of(TOPIC, "another")).key(letter(0, 7, "crm")),
                event(DeadLetterEventType.DELIVERED, "r"));
        ledger.add(key(0, 8, "crm"), event(DeadLetterEventType.DELIVERED, "r"));
        // Then
        assertThat(only().isOpen()).isTrue();
    }

    /** A restored Kafka: the topologies set the same record aside at the same offset. */
    @Test
    void eventsDoNotApplyToALaterLetterAtTheSameOffset() {
        DeadLetter lost = setAside(NOON);
        DeadLetter again = setAside(NOON.plusSeconds(60));
        ledger.add(again);
        // When
        ledger.add(ledger.key(lost), event(DeadLetterEventType.REPAIRED, "r"));
        // Then
        assertThat(only().isOpen()).isTrue();
        // When
        ledger.add(ledger.key(again.withoutContent()), event(DeadLetterEventType.REPAIRED, "r"));
        // Then
        assertThat(only().isOpen()).isFalse();
    }

    private static DeadLetter setAside(Instant time) {
        ConsumerRecord<byte[], byte[]> record = record(0, 7, "crm", "value");
        DeadLetterHeaders.addTime(record.headers(), time.toEpochMilli());
        return DeadLetter.of(DeadLetterStage.WEBHOOKS, record);
    }

    @Test
    void writtenTakesPrecedenceOverHandled() {
        ledger.add(letter(0, 7, "crm"));
        ledger.add(key(0, 7, "crm"), event(DeadLetterEventType.HANDLED, "r1"));
        ledger.add(key(0, 7, "crm"), event(DeadLetterEventType.WRITTEN, "r1"));
        assertThat(only().result()).contains(DeadLetterEventType.WRITTEN);
    }

    @Test
    void lettersBelowTheStartOffsetAreRemoved() {
        ledger.add(letter(0, 7, "crm"));
        ledger.add(letter(3, 8, "crm"));
        ledger.removeBefore(TOPIC, 0, 3);
        assertThat(ledger.letters()).extracting(filed -> filed.letter().id()).containsExactly("evt_8");
    }

    @Test
    void aLetterWithoutContentIsTheSameLetter() {
        ledger.add(letter(0, 7, "crm").withoutContent());
        ledger.add(letter(5, 7, "crm"));
        ledger.add(key(5, 7, "crm"), event(DeadLetterEventType.DELIVERED, "r1"));
        assertThat(ledger.letters()).noneMatch(DeadLetterHistory::isOpen);
    }

    /**
     * Operators put letters back and drop them; receivers take them or not; reports get lost, repeated and late. Whatever
     * is read in whatever order, a letter is called done only if it is.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void anyOrderOfEventsResolvesOnlyProcessedLetters(long seed) {
        Random random = new Random(seed);
        History history = new History(random);
        for (int step = 0; step < 200; step++) {
            history.step();
        }
        List<DeadLetterHistory> inOrder = history.read(new ArrayList<>(history.log));
        for (DeadLetterHistory filed : inOrder) {
            if (!filed.isOpen()) {
                assertThat(history.done)
                        .as("seed %d: %s", seed, filed.letter().name())
                        .contains(id(filed));
            }
        }
        for (int i = 0; i < 5; i++) {
            List<Consumer<DeadLetterLedger>> shuffled = new ArrayList<>(history.log);
            shuffled.addAll(history.log.subList(0, random.nextInt(history.log.size())));
            Collections.shuffle(shuffled, random);
            assertThat(history.read(shuffled))
                    .as("seed %d", seed)
                    .extracting(DeadLetterHistory::state)
                    .isEqualTo(inOrder.stream().map(DeadLetterHistory::state).toList());
        }
        // When: everything is reported at last
        history.unreported.forEach(report -> history.log.add(report));
        // Then
        assertThat(history.read(history.log))
                .as("seed %d", seed)
                .allSatisfy(filed -> assertThat(!filed.isOpen()).isEqualTo(history.done.contains(id(filed))));
    }

    private static long id(DeadLetterHistory filed) {
        return filed.letter().record().offset();
    }

    /** A dead letter topic, its events, and what is really done. */
    private static final class History {
        private final Random random;
        private final List<Consumer<DeadLetterLedger>> log = new ArrayList<>();
        private final List<Consumer<DeadLetterLedger>> unreported = new ArrayList<>();
        private final List<Integer> events = new ArrayList<>();
        private final Set<Long> done = new HashSet<>();

        History(Random random) {
            this.random = random;
            setAside(0);
        }

        void step() {
            switch (random.nextInt(5)) {
                case 0 -> setAside(random.nextInt(20));
                case 1 -> drop(random.nextInt(events.size()));
                default -> replay(random.nextInt(events.size()));
            }
        }

        private void setAside(int event) {
            int offset = events.size();
            // Earlier letters of the event are that letter now.
            for (int earlier = 0; earlier < offset; earlier++) {
                if (events.get(earlier) == event) {
                    done.add((long) earlier);
                }
            }
            events.add(event);
            log.add(ledger -> ledger.add(letter(offset, event, "crm")));
        }

        private void drop(int offset) {
            done.add((long) offset);
            log.add(report(offset, DeadLetterEventType.DROPPED, ""));
        }

        private void replay(int offset) {
            String request = "r" + log.size();
            log.add(report(offset, DeadLetterEventType.REQUESTED, request));
            switch (random.nextInt(4)) {
                case 0 -> {
                    // The process ends before it handles the replay.
                }
                case 1 -> {
                    publish(report(offset, DeadLetterEventType.REFUSED, request));
                    setAside(events.get(offset));
                }
                case 2 -> publish(report(offset, DeadLetterEventType.REFUSED, request));
                default -> {
                    done.add((long) offset);
                    publish(report(
                            offset,
                            random.nextBoolean() ? DeadLetterEventType.DELIVERED : DeadLetterEventType.SUPERSEDED,
                            request));
                }
            }
        }

        /** Late or at once. */
        private void publish(Consumer<DeadLetterLedger> report) {
            (random.nextInt(3) == 0 ? unreported : log).add(report);
        }

        private Consumer<DeadLetterLedger> report(int offset, DeadLetterEventType type, String request) {
            DeadLetterKey key = key(offset, events.get(offset), "crm");
            return ledger -> ledger.add(key, event(type, request));
        }

        List<DeadLetterHistory> read(List<Consumer<DeadLetterLedger>> records) {
            DeadLetterLedger ledger = new DeadLetterLedger(Map.of(TOPIC, TOPIC_ID));
            records.forEach(record -> record.accept(ledger));
            return ledger.letters().stream()
                    .sorted((one, other) -> Long.compare(id(one), id(other)))
                    .toList();
        }
    }

    private DeadLetterHistory only() {
        assertThat(ledger.letters()).hasSize(1);
        return ledger.letters().get(0);
    }

    private static DeadLetter letter(long offset, int event, String endpoint) {
        return DeadLetter.of(DeadLetterStage.WEBHOOKS, record(offset, event, endpoint, "event " + event));
    }

    private static ConsumerRecord<byte[], byte[]> record(long offset, int event, String endpoint, String value) {
        Headers headers = new RecordHeaders();
        new DeadLetterHeaders(
                        "outbox.notifications", OptionalInt.of(0), OptionalLong.of(event), "Exception", "HTTP 500")
                .addTo(headers);
        headers.add(DeadLetterHeaders.ENDPOINT, utf8(endpoint));
        headers.add(DeadLetterHeaders.EVENT_ID, utf8("evt_" + event));
        return new ConsumerRecord<>(
                TOPIC,
                0,
                offset,
                NOON.toEpochMilli(),
                TimestampType.CREATE_TIME,
                0,
                0,
                utf8("subject"),
                utf8(value),
                headers,
                Optional.empty());
    }

    private static DeadLetterKey key(long offset, int event, String endpoint) {
        return new DeadLetterLedger(Map.of(TOPIC, TOPIC_ID)).key(letter(offset, event, endpoint));
    }

    private static DeadLetterEvent event(DeadLetterEventType type, String request) {
        return new DeadLetterEvent(type, request, NOON, "test", "");
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
