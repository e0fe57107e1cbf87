package io.waltally.iceberg.table;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.waltally.compatibility.ByteForms;
import io.waltally.compatibility.RecordedForms;
import io.waltally.compatibility.ValueJson;
import io.waltally.iceberg.change.ChangePosition;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.sinks.target.CompletePosition;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.Snapshot;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

/** Positions of a sink, as earlier versions wrote them into the summaries of snapshots. */
class CompatibilityTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
    private static final String FORM = "summary of a snapshot";
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void everySummaryOfEarlierVersionsIsRead() {
        ByteForms forms = new ByteForms("A table has the summary of the version that wrote last: read that form too, or"
                + " the sink cannot go on.");
        forms.form(FORM, CompatibilityTest::write, CompatibilityTest::read);
        TopicPartition partition = new TopicPartition("s3.public.object_locations", 3);
        for (SinkProgress progress : List.of(
                progress(Map.of(), Map.of(), Optional.empty()),
                progress(
                        Map.of(partition, 815L),
                        Map.of(partition, new ChangePosition(1, -1, 7)),
                        Optional.of(new CompletePosition(Source.S3, 1, Lsn.parse("0/16B3748"), NOON))))) {
            forms.sample(FORM, write(progress));
        }
        RecordedForms.of("summaries").verify(forms);
    }

    private static SinkProgress progress(
            Map<TopicPartition, Long> next,
            Map<TopicPartition, ChangePosition> deletes,
            Optional<CompletePosition> completeTo) {
        return new SinkProgress(
                "lake",
                4711,
                "cluster",
                Map.of("s3.public.object_locations", new Uuid(1, 2)),
                "reset",
                next,
                deletes,
                NOON,
                completeTo);
    }

    private static byte[] write(SinkProgress progress) {
        return ValueJson.of(progress.summary()).toString().getBytes(StandardCharsets.UTF_8);
    }

    private static SinkProgress read(byte[] bytes) {
        try {
            Map<String, String> summary =
                    JSON.readValue(new String(bytes, StandardCharsets.UTF_8), new TypeReference<>() {});
            return SinkProgress.from((Snapshot) Proxy.newProxyInstance(
                    CompatibilityTest.class.getClassLoader(),
                    new Class<?>[] {Snapshot.class},
                    (snapshot, method, arguments) -> method.getName().equals("summary") ? summary : 1L));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
