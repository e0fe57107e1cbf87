package io.waltally.app.command.topic;

import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.SourceConverter;
import io.waltally.app.command.common.TimeConverter;
import io.waltally.app.config.Configuration;
import io.waltally.app.run.StopSignal;
import io.waltally.app.topic.DecodedRecord;
import io.waltally.app.topic.KeyFilter;
import io.waltally.app.topic.RecordDecoder;
import io.waltally.app.topic.TopicReader;
import io.waltally.app.topic.TransactionReader;
import io.waltally.schemas.Source;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicProvisioning;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints the records of a topic, or the transactions of a source. */
@Command(
        name = "read",
        header = "Print the records of a topic, decoded, or whole transactions.",
        description = {
            "Prints committed records only, those of each partition in their order, and tombstones as such. What cannot be"
                    + " decoded is printed as it is, with the reason.",
            ""
        })
final class TopicsReadCommand implements Callable<Integer> {
    private final StopSignal stop;

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Parameters(
            paramLabel = "TOPIC",
            description =
                    "Any topic that 'topics describe' lists, or one of another captured table. With --transactions"
                            + " also s3 or sync: all tables.")
    private String name;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            converter = TimeConverter.class,
            description =
                    "Begin at this time: 2026-11-22T12:00:00Z, or 2h for the last two hours, 0s for what comes from"
                            + " now on (default: from the beginning).")
    private Instant since;

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description = "Only records with this key: the value of one of its fields, or a JSON object of some,"
                    + " '{\"user_id\": 7}'.")
    private String key;

    @Option(names = "--limit", paramLabel = "N", description = "End after so many records or transactions.")
    private Long limit;

    @Option(names = "--follow", description = "Wait for further records until stopped.")
    private boolean follow;

    @Option(
            names = "--transactions",
            description =
                    "Of a cdc topic: print the transactions that changed the table, whole, with their records in all"
                            + " tables, and with transaction id, LSN and commit time.")
    private boolean transactions;

    @Option(names = "--json", description = "One JSON object per line and record or transaction.")
    private boolean json;

    private PrintWriter out;
    private Optional<KeyFilter> keys = Optional.empty();
    private long printed;

    TopicsReadCommand(StopSignal stop) {
        this.stop = stop;
    }

    @Override
    public Integer call() {
        common.applyVerbosity();
        Configuration configuration = common.configuration(Map.of());
        if (limit != null && limit < 1) {
            throw new ParameterException(spec.commandLine(), "--limit is " + limit + ": must be at least 1");
        }
        out = spec.commandLine().getOut();
        keys = Optional.ofNullable(key).map(KeyFilter::new);
        printed = 0;
        TopicsClient client = new TopicsClient(configuration);
        TopicCatalogue catalogue = client.catalogue();
        Set<String> existing = client.provision(TopicProvisioning::names);
        stop.install();
        try {
            if (transactions) {
                readTransactions(configuration, catalogue, client, existing);
            } else {
                requireTopic(client, existing);
                int partitions = client.provision(provisioning -> provisioning.partitions(Set.of(name)))
                        .get(name);
                readRecords(configuration, catalogue, partitions);
            }
        } catch (OffsetOutOfRangeException e) {
            throw new CommandFailure("records were deleted while they were read; repeat the command", e);
        } catch (TimeoutException e) {
            throw new CommandFailure(
                    e.getMessage() + " (kafka.bootstrap.servers is "
                            + configuration.kafka().bootstrapServers() + ", registry.url is "
                            + configuration.registry().url() + ")",
                    e);
        }
        out.flush();
        return 0;
    }

    private void requireTopic(TopicsClient client, Set<String> existing) {
        Set<String> known = client.all(existing).keySet();
        if (!known.contains(name)) {
            throw TopicsClient.unknown(name, known);
        }
        if (!existing.contains(name)) {
            throw new CommandFailure(
                    "topic " + name + " does not exist yet; 'waltally run' and 'waltally topics create' create it");
        }
    }

    private void readRecords(Configuration configuration, TopicCatalogue catalogue, int partitions) {
        RecordDecoder decoder = new RecordDecoder(catalogue);
        RecordOutput output = new RecordOutput(out, json);
        new TopicReader(configuration.kafka(), name, partitions, Optional.ofNullable(since))
                .read(follow, stop::requested, record -> {
                    DecodedRecord decoded = decoder.decode(record);
                    if (accepts(decoded)) {
                        output.print(decoded);
                        return wantsMore();
                    }
                    return true;
                });
    }

    private void readTransactions(
            Configuration configuration, TopicCatalogue catalogue, TopicsClient client, Set<String> existing) {
        Optional<Source> named = Arrays.stream(Source.values())
                .filter(source -> source.id().equals(name))
                .findFirst();
        if (named.isEmpty()) {
            requireTopic(client, existing);
        }
        Source source = named.or(() -> TopicsClient.source(name))
                .orElseThrow(() -> new ParameterException(
                        spec.commandLine(),
                        "--transactions needs a topic of a captured table, such as s3.public.object_locations, or a"
                                + " source, not " + name));
        List<String> tables = existing.stream()
                .filter(topic -> topic.startsWith(source.topicOf("")))
                .toList();
        Map<String, Integer> partitions = client.provision(provisioning -> provisioning.partitions(tables));
        if (partitions.isEmpty() || !existing.contains(catalogue.watermarks().name())) {
            SourceConverter.requireOn(configuration, source);
            throw new CommandFailure("source " + source + " has no topics yet; 'waltally run' creates them");
        }
        RecordDecoder decoder = new RecordDecoder(catalogue);
        RecordOutput output = new RecordOutput(out, json);
        new TransactionReader(configuration.kafka(), catalogue, source, partitions, Optional.ofNullable(since))
                .read(follow, stop::requested, transaction -> {
                    if (named.isEmpty()
                            && transaction.records().stream()
                                    .noneMatch(record -> record.topic().equals(name))) {
                        return true;
                    }
                    List<DecodedRecord> records =
                            transaction.records().stream().map(decoder::decode).toList();
                    if (records.stream().filter(record -> isRead(named, record)).anyMatch(this::accepts)) {
                        output.print(transaction, records);
                        return wantsMore();
                    }
                    return true;
                });
    }

    /** A key is looked for in the table that is named. */
    private boolean isRead(Optional<Source> named, DecodedRecord record) {
        return named.isPresent() || record.record().topic().equals(name);
    }

    private boolean accepts(DecodedRecord record) {
        return keys.isEmpty() || keys.get().accepts(record.key().json());
    }

    /** The reader of a pipe, such as {@code head}, may have closed it. */
    private boolean wantsMore() {
        printed++;
        return (limit == null || printed < limit) && !out.checkError();
    }
}
