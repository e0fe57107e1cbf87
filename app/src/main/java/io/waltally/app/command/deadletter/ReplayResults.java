package io.waltally.app.command.deadletter;

import io.waltally.app.config.Configuration;
import io.waltally.app.deadletter.DeadLetter;
import io.waltally.app.deadletter.DeadLetterHistory;
import io.waltally.app.deadletter.DeadLetterLedger;
import io.waltally.app.deadletter.DeadLetterStage;
import io.waltally.app.deadletter.DeadLetterTopics;
import io.waltally.schemas.control.DeadLetterEvent;
import io.waltally.schemas.control.DeadLetterEventType;
import io.waltally.schemas.control.DeadLetterKey;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Waits for the results of replays, and prints them as they come. */
final class ReplayResults {
    private static final long LOOK_MILLIS = 500;

    private final Configuration configuration;
    private final DeadLetterTopics letters;
    private final DeadLetterStage stage;
    private final PrintWriter out;
    private final Map<DeadLetterEventType, Integer> counts = new EnumMap<>(DeadLetterEventType.class);

    ReplayResults(Configuration configuration, DeadLetterTopics letters, DeadLetterStage stage, PrintWriter out) {
        this.configuration = configuration;
        this.letters = letters;
        this.stage = stage;
        this.out = out;
    }

    /** Returns whether all replays have taken effect, or did not have to, within the time. */
    boolean await(String request, Collection<DeadLetter> replayed, Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        Set<String> names = new HashSet<>();
        replayed.forEach(letter -> names.add(letter.name()));
        Set<DeadLetterKey> known = new HashSet<>();
        while (true) {
            DeadLetterLedger ledger = DeadLetterOptions.read(
                    configuration, letters, List.of(stage), letter -> names.contains(letter.name()));
            for (DeadLetterHistory filed : ledger.letters()) {
                filed.resultOf(request)
                        .filter(result -> known.add(ledger.key(filed.letter())))
                        .ifPresent(result -> print(filed, result));
            }
            if (known.size() >= replayed.size() || System.nanoTime() > deadline) {
                break;
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
        int missing = replayed.size() - known.size();
        counts.forEach((result, count) -> out.println(count + " " + DeadLetterHistory.word(result)));
        if (missing > 0) {
            out.println(missing + " without a result after " + timeout.toSeconds()
                    + " s; 'waltally dlq list' shows when that changes");
        }
        out.flush();
        return missing == 0 && !counts.containsKey(DeadLetterEventType.REFUSED);
    }

    private void print(DeadLetterHistory filed, DeadLetterEvent result) {
        counts.merge(result.getType(), 1, Integer::sum);
        out.println(filed.letter().name() + "  " + DeadLetterTexts.line(result));
        out.flush();
    }
}
