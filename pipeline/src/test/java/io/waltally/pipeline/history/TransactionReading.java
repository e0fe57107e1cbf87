package io.waltally.pipeline.history;

import io.waltally.pipeline.PipelineDriver;
import io.waltally.pipeline.captured.CapturedLog;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.control.Watermark;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Reads topics in random order, in pieces that end anywhere in a transaction. Either watermarks come before the records
 * that they cover; or now and then, where no transaction is open, a topic is read again from an earlier record on (with
 * new offsets here, so watermarks would seem to be reached too early).
 */
public final class TransactionReading {
    private static final int STRIDE = 8;

    private final PipelineDriver pipeline;
    private final Random random;
    private final boolean rereading;
    private final Map<String, Integer> positions = new HashMap<>();
    private final Deque<Runnable> watermarks = new ArrayDeque<>();

    public TransactionReading(PipelineDriver pipeline, Random random) {
        this.pipeline = pipeline;
        this.random = random;
        this.rereading = random.nextBoolean();
    }

    /** Everything that is in the log now is captured. */
    public void captured(CapturedLog log) {
        Watermark watermark = log.watermark();
        watermarks.add(() -> pipeline.captured(watermark, log.source()));
    }

    /** Until nothing of these logs is left unread, and everything that follows is written. */
    public void readToEnd(List<CapturedLog> logs) {
        Map<String, List<CapturedLog.Entry<?, ?>>> topics = new TreeMap<>();
        logs.forEach(log -> topics.putAll(CapturedLog.byTopic(log.entries())));
        topics.keySet().forEach(topic -> positions.putIfAbsent(topic, 0));
        logs.forEach(this::captured);
        while (true) {
            List<String> unread = topics.keySet().stream()
                    .filter(topic -> positions.get(topic) < topics.get(topic).size())
                    .toList();
            if (unread.isEmpty()) {
                break;
            }
            String topic = unread.get(random.nextInt(unread.size()));
            read(topic, topics.get(topic));
            if (random.nextInt(20) == 0) {
                pipeline.advance(Duration.ofMillis(100));
            }
            if (!rereading && !watermarks.isEmpty() && random.nextInt(20) == 0) {
                watermarks.remove().run();
            }
        }
        watermarks.forEach(Runnable::run);
        watermarks.clear();
        pipeline.endTransaction();
    }

    private void read(String topic, List<CapturedLog.Entry<?, ?>> records) {
        int from = positions.get(topic);
        if (rereading && from > 0 && random.nextInt(12) == 0 && endsTransaction(records.get(from - 1))) {
            from = Math.max(0, from - random.nextInt(4 * STRIDE));
        }
        int to = Math.min(records.size(), Math.max(positions.get(topic), from) + 1 + random.nextInt(STRIDE));
        pipeline.read(records.subList(from, to));
        positions.put(topic, to);
    }

    private static boolean endsTransaction(CapturedLog.Entry<?, ?> record) {
        return ChangeHeaders.from(record.headers()).commitLsn().isPresent();
    }
}
