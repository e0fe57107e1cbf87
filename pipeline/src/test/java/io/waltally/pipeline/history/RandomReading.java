package io.waltally.pipeline.history;

import io.waltally.pipeline.PipelineDriver;
import io.waltally.pipeline.captured.CapturedLog;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Reads topics in random order. Some records come twice, and now and then a topic is read again from an earlier record
 * on.
 */
public final class RandomReading {
    private static final int STRIDE = 8;

    private final PipelineDriver pipeline;
    private final Random random;
    private final Map<String, Integer> positions = new HashMap<>();

    public RandomReading(PipelineDriver pipeline, Random random) {
        this.pipeline = pipeline;
        this.random = random;
    }

    /** Sets each topic back to some record that was read, as who rewinds a consumer group. */
    public void rewind() {
        positions.replaceAll((topic, position) -> random.nextInt(position + 1));
    }

    /** Reads the topics of these sources until nothing is left unread. */
    public void readToEnd(List<CapturedLog> logs) {
        Map<String, List<CapturedLog.Entry<?, ?>>> topics = new TreeMap<>();
        logs.forEach(log -> topics.putAll(CapturedLog.byTopic(log.entries())));
        topics.keySet().forEach(topic -> positions.putIfAbsent(topic, 0));
        while (true) {
            List<String> unread = topics.keySet().stream()
                    .filter(topic -> positions.get(topic) < topics.get(topic).size())
                    .toList();
            if (unread.isEmpty()) {
                return;
            }
            String topic = unread.get(random.nextInt(unread.size()));
            read(topic, topics.get(topic));
            if (random.nextInt(20) == 0) {
                pipeline.advance(Duration.ofMillis(100));
            }
        }
    }

    private void read(String topic, List<CapturedLog.Entry<?, ?>> records) {
        int from = positions.get(topic);
        if (random.nextInt(12) == 0) {
            from = Math.max(0, from - random.nextInt(2 * STRIDE));
        }
        int to = Math.min(records.size(), from + 1 + random.nextInt(STRIDE));
        pipeline.read(records.subList(from, to));
        if (random.nextInt(6) == 0) {
            pipeline.read(records.subList(to - 1, to));
        }
        positions.put(topic, to);
    }
}
