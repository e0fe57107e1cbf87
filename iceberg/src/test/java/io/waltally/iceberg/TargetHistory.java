package io.waltally.iceberg;

import io.waltally.iceberg.CdcTopic.Column;
import io.waltally.iceberg.change.ChangePosition;
import io.waltally.schemas.Change;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.sinks.target.CompletePosition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * A random history of two tables in topics of two partitions: the records, the watermarks after its transactions, and
 * what tables of changes and current rows are to be.
 */
final class TargetHistory {
    static final List<String> TABLES = List.of("object_locations", "backend_quotas");
    static final TopicPartition WATERMARKS = new TopicPartition("_waltally.watermarks", 0);

    private static final int PARTITIONS = 2;

    private final Random random;
    private final Map<String, CdcTopic> topics = new TreeMap<>();
    final Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> records = new HashMap<>();
    final List<Watermark> watermarks = new ArrayList<>();

    /** By table: place, op and key of each change. */
    final Map<String, List<String>> changes = new TreeMap<>();

    /** By table: key and payload of each row. */
    final Map<String, Map<String, String>> rows = new TreeMap<>();

    /** @param ends of the partitions */
    record Watermark(Map<TopicPartition, Long> ends, long offset, CompletePosition completeTo) {}

    TargetHistory(String registry, Random random, int transactions) {
        this.random = random;
        for (String table : TABLES) {
            CdcTopic topic = new CdcTopic(
                    registry,
                    Source.S3,
                    table,
                    List.of(
                            Column.key("id", "\"string\""),
                            Column.of("size", "\"long\""),
                            Column.optional("payload", "\"string\"")));
            topics.put(table, topic);
            changes.put(table, new ArrayList<>());
            rows.put(table, new TreeMap<>());
            for (int i = 0; i < PARTITIONS; i++) {
                records.put(new TopicPartition(topic.name(), i), new ArrayList<>());
            }
        }
        for (int i = 1; i <= transactions; i++) {
            transaction(i);
        }
    }

    Set<String> topicNames() {
        return records.keySet().stream().map(TopicPartition::topic).collect(Collectors.toSet());
    }

    private void transaction(int number) {
        int count = 1 + random.nextInt(6);
        long position = 0;
        for (int i = 0; i < count; i++) {
            String table = TABLES.get(random.nextInt(TABLES.size()));
            String id = "k" + random.nextInt(8);
            boolean exists = rows.get(table).containsKey(id);
            ChangePosition place = new ChangePosition(0, number, position++);
            if (exists && random.nextInt(3) == 0) {
                boolean truncated = random.nextInt(4) == 0;
                if (!truncated) {
                    add(
                            table,
                            id,
                            partition ->
                                    offset -> topics.get(table).deleted(place, partition, offset, Map.of("id", id)));
                    ChangePosition next = new ChangePosition(0, number, position++);
                    add(
                            table,
                            id,
                            partition ->
                                    offset -> topics.get(table).tombstone(next, partition, offset, Map.of("id", id)));
                } else {
                    add(
                            table,
                            id,
                            partition ->
                                    offset -> topics.get(table).tombstone(place, partition, offset, Map.of("id", id)));
                }
                changes.get(table).add(place + " d " + id);
                rows.get(table).remove(id);
            } else {
                boolean unchanged = exists && random.nextBoolean();
                String payload = unchanged ? Change.UNAVAILABLE_VALUE : "p" + number + "." + i;
                Map<String, Object> row = Map.of("id", id, "size", (long) number, "payload", payload);
                String op = exists ? "u" : number < 3 ? "r" : "c";
                add(table, id, partition -> offset -> topics.get(table).written(op, place, partition, offset, row));
                changes.get(table).add(place + " " + op + " " + id);
                String known = rows.get(table).getOrDefault(id, "");
                String kept = unchanged ? known.substring(known.indexOf(' ') + 1) : payload;
                rows.get(table).put(id, number + " " + kept);
            }
        }
        Map<TopicPartition, Long> ends = new HashMap<>();
        records.forEach((partition, list) -> ends.put(partition, (long) list.size()));
        watermarks.add(new Watermark(
                ends,
                watermarks.size() + 1,
                new CompletePosition(Source.S3, 0, new Lsn(number + 1), CdcTopic.COMMITTED_AT)));
    }

    @FunctionalInterface
    private interface AtPartition {
        AtOffset at(int partition);
    }

    @FunctionalInterface
    private interface AtOffset {
        ConsumerRecord<byte[], byte[]> at(long offset);
    }

    private void add(String table, String id, AtPartition record) {
        int number = Math.floorMod(id.hashCode(), PARTITIONS);
        TopicPartition partition = new TopicPartition(topics.get(table).name(), number);
        List<ConsumerRecord<byte[], byte[]>> list = records.get(partition);
        list.add(record.at(number).at(list.size()));
    }
}
