package io.waltally.app.dataloss;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.fixture.InstanceApi;
import io.waltally.app.fixture.PartitionSteps;
import io.waltally.app.fixture.Sql;
import io.waltally.app.local.LocalEndpoint;
import io.waltally.app.local.LocalServers;
import io.waltally.app.run.Instance;
import io.waltally.app.run.role.RoleName;
import io.waltally.schemas.Source;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The steps of docs/tallies.md to another number of partitions, with the topics that its command deletes. */
@Tag("runbook")
class PartitionChangeIT {
    private static final String SEALING_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    private static final String ENDPOINT = "crm";
    private static final String PAUSED = "records";

    @TempDir
    private Path directory;

    private final Set<String> received = ConcurrentHashMap.newKeySet();

    @Test
    void allIsEqualAfterwardsAndWhatOperatorsAskedForStays() throws Exception {
        try (LocalEndpoint endpoint = new LocalEndpoint(ENDPOINT, delivery -> received.add(delivery.body()));
                DataLossFixture application =
                        DataLossFixture.withSinks(directory, Map.of("webhooks.sealing-keys[0]", SEALING_KEY))) {
            // Given
            try (Instance instance = application.start(EnumSet.allOf(RoleName.class))) {
                addEndpoint(application, instance, endpoint.configuration());
                application.write();
                application.awaitEqual(instance);
                awaitNotified("102");
                application.waltally(instance, "sinks pause " + PAUSED);
            }
            // When
            try (Instance instance =
                    application.start(EnumSet.of(RoleName.STREAMS, RoleName.SINKS, RoleName.WEBHOOKS))) {
                DataLossFixture.await(
                        () -> InstanceApi.get(instance, "/readyz").statusCode() == 200,
                        () -> InstanceApi.text(instance, "/readyz"));
            }
            for (Source source : Source.values()) {
                dropSlot(application, source);
            }
            application.deleteTopics(topicsToDelete(application));
            application.deleteGroup();
            Utils.delete(application.stateDirectory().toFile());
            application.set("topics.partitions", "4");
            application.waltally(Map.of(), "topics create");
            try (Instance instance = application.start(EnumSet.allOf(RoleName.class))) {
                // Then
                DataLossFixture.await(
                        () -> DataLossFixture.sinkState(instance, PAUSED).equals("paused"),
                        () -> InstanceApi.json(instance, "/api/sinks").toString());
                application.waltally(instance, "sinks resume " + PAUSED + " --reset");
                application.resetSinks(
                        instance,
                        ComparedSinks.NAMES.stream()
                                .filter(name -> !name.equals(PAUSED))
                                .toList());
                application.awaitEqual(instance);
                application.write();
                application.awaitEqual(instance);
                assertThat(application.waltally(instance, "webhooks list")).contains(ENDPOINT);
                awaitNotified("202");
                assertThat(application.partitionsOf("s3.public.object_locations"))
                        .isEqualTo(4);
            }
        }
    }

    private static void addEndpoint(DataLossFixture application, Instance instance, Map<String, String> settings) {
        String key = "webhooks.endpoints[0].";
        application.waltally(
                instance,
                "webhooks add " + ENDPOINT + " " + settings.get(key + "url") + " --secret "
                        + settings.get(key + "secrets[0]") + " --set allow-http=true --set allow-private=true");
    }

    private void awaitNotified(String subject) {
        DataLossFixture.await(
                () -> received.stream().anyMatch(event -> event.contains("\"subject\":\"" + subject + "\"")),
                () -> subject + " is not in " + received);
    }

    /** Which stays active for moments after its user has gone. */
    private static void dropSlot(DataLossFixture application, Source source) throws Exception {
        String slot = "waltally_" + source.id();
        String database = LocalServers.database(source);
        DataLossFixture.await(
                () -> Sql.value(
                                application.servers(),
                                database,
                                "SELECT active FROM pg_replication_slots WHERE slot_name = '" + slot + "'")
                        .equals("f"),
                () -> slot + " is active");
        Sql.execute(application.servers(), database, "SELECT pg_drop_replication_slot('" + slot + "')");
    }

    private static List<String> topicsToDelete(DataLossFixture application) throws Exception {
        Pattern deleted =
                Pattern.compile(PartitionSteps.deletedTopics().replace("waltally-", DataLossFixture.ID + "-"));
        Set<String> kept =
                new HashSet<>(application.admin().listTopics().names().get());
        List<String> gone =
                kept.stream().filter(name -> deleted.matcher(name).matches()).toList();
        gone.forEach(kept::remove);
        assertThat(kept).containsExactlyInAnyOrderElementsOf(PartitionSteps.KEPT_TOPICS);
        return gone;
    }
}
