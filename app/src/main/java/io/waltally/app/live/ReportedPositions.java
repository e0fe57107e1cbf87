package io.waltally.app.live;

import io.waltally.schemas.Source;
import io.waltally.schemas.control.Watermark;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;

/** The topic positions up to which event producers have reported records; the next producer continues there. */
public final class ReportedPositions {
    private final Map<Source, Watermark> transactions = new ConcurrentHashMap<>();
    private final Map<TopicPartition, Long> notifications = new ConcurrentHashMap<>();

    Optional<Watermark> transactions(Source source) {
        return Optional.ofNullable(transactions.get(source));
    }

    void transactions(Source source, Watermark end) {
        transactions.put(source, end);
    }

    /** The offset behind the last one that was read. */
    Map<TopicPartition, Long> notifications() {
        return notifications;
    }

    void notification(TopicPartition partition, long offset) {
        notifications.put(partition, offset + 1);
    }
}
