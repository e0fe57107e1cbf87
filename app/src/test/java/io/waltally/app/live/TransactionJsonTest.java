package io.waltally.app.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.topic.Transaction;
import io.waltally.schemas.Change;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Operation;
import io.waltally.schemas.Source;
import io.waltally.schemas.cdc.BackendQuotaKey;
import io.waltally.schemas.cdc.BackendQuotaRow;
import io.waltally.schemas.serde.AvroSerdes;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicSettings;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class TransactionJsonTest {
    private final TopicCatalogue topics =
            new TopicCatalogue(TopicSettings.DEFAULTS, new AvroSerdes("mock://transaction-form"));
    private final Topic<BackendQuotaKey, Change<BackendQuotaRow>> topic = topics.backendQuotaRows();
    private final TransactionJson form = new TransactionJson(topics);
    private final List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    private long transaction = 7;

    private void write(String backend, Change<BackendQuotaRow> change) {
        ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>(
                topic.name(),
                0,
                records.size(),
                topic.keySerde().serializer().serialize(topic.name(), new BackendQuotaKey(backend)),
                change == null ? null : topic.valueSerde().serializer().serialize(topic.name(), change));
        new ChangeHeaders(Source.S3, 2, transaction, 40, records.size() + 1, Optional.empty()).addTo(record.headers());
        records.add(record);
    }

    private static Change<BackendQuotaRow> insert(String backend) {
        return new Change<>(Operation.CREATE, null, new BackendQuotaRow(backend, 1L), Instant.EPOCH);
    }

    private static Change<BackendQuotaRow> delete(String backend) {
        return new Change<>(Operation.DELETE, new BackendQuotaRow(backend, 1L), null, Instant.EPOCH);
    }

    private JsonNode document() {
        return form.of(new Transaction(Source.S3, 2, transaction, Optional.of(new Lsn(8)), records));
    }

    private static List<String> rows(JsonNode document) {
        List<String> rows = new ArrayList<>();
        document.path("rows")
                .forEach(row -> rows.add(row.path("op").asText() + " "
                        + row.at("/key/backend_name").asText()));
        return rows;
    }

    @Test
    void theTombstoneOfADeletionIsNoRow() {
        write("a", delete("a"));
        write("b", insert("b"));
        write("a", null);
        JsonNode document = document();
        assertThat(rows(document)).containsExactly("d a", "c b");
        assertThat(document.at("/rows/0/before/bytes_limit").asLong()).isEqualTo(1);
        assertThat(document.at("/tables/backend_quotas").asInt()).isEqualTo(2);
        assertThat(document.path("id").asText()).isEqualTo("s3-2-40");
    }

    @Test
    void theTombstonesOfATruncateAreItsRows() {
        write("a", delete("a"));
        write("a", null);
        write("a", insert("a"));
        write("a", null);
        write("b", null);
        JsonNode document = document();
        assertThat(rows(document)).containsExactly("d a", "c a", "t a", "t b");
        assertThat(document.at("/tables/backend_quotas").asInt()).isEqualTo(4);
    }

    @Test
    void aRowThatASnapshotHasNotFoundIsADeletion() {
        transaction = 0;
        write("a", null);
        assertThat(rows(document())).containsExactly("d a");
        assertThat(document().path("id").asText())
                .as("parts of a snapshot have one place in the history")
                .isEqualTo("s3-2-40-1");
    }
}
