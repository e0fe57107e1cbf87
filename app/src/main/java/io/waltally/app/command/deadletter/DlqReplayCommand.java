package io.waltally.app.command.deadletter;

import io.waltally.app.audit.AuditLog;
import io.waltally.app.command.common.ChoiceConverter;
import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.DependentOption;
import io.waltally.app.command.common.DurationConverter;
import io.waltally.app.command.common.TargetSystems;
import io.waltally.app.config.Configuration;
import io.waltally.app.deadletter.DeadLetter;
import io.waltally.app.deadletter.DeadLetterHistory;
import io.waltally.app.deadletter.DeadLetterStage;
import io.waltally.app.deadletter.DeadLetterTopics;
import io.waltally.schemas.topic.TopicCatalogue;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Sends dead letters to their stage again, after the cause was fixed. */
@Command(
        name = "replay",
        header = "Try open dead letters of topologies, webhooks or sinks again, after the cause was fixed.",
        description = {
            "Topologies: a dead letter is applied if its row is still uncertain because of it. If a later record has"
                    + " repaired the row, or if the record is still unreadable, nothing changes.",
            "",
            "Webhooks: each goes to the endpoint that did not accept it, whatever its events and subject-prefix are now,"
                    + " with its id.",
            "",
            "Sinks: each goes to the sink that its target refused it from. It is written if no later record of its key"
                    + " has been; a notification is always written.",
            "",
            "Dead letters that were put back before and whose results are awaited are left out, unless --again is given."
                    + " With --id also those are tried that are not open: a notification is then delivered or written once"
                    + " more.",
            ""
        })
final class DlqReplayCommand implements Callable<Integer> {
    private static final String WAIT = "--wait";
    private static final String TIMEOUT = "--timeout";

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Option(
            names = "--stage",
            paramLabel = "streams|webhooks|sinks",
            required = true,
            converter = Stages.class,
            completionCandidates = Stages.Names.class,
            description = "Stage of the dead letters.")
    private DeadLetterStage stage;

    @Mixin
    private DeadLetterOptions options;

    @Option(
            names = "--again",
            description =
                    "Also those that were put back before and whose results are awaited: for replays that were lost.")
    private boolean again;

    @Option(names = WAIT, description = "Wait for the results and print them; exit 1 unless all took effect.")
    private boolean wait;

    @Option(
            names = TIMEOUT,
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description = "How long --wait waits (default: 2m).")
    private Duration timeout = Duration.ofMinutes(2);

    @Override
    public Integer call() throws InterruptedException {
        common.applyVerbosity();
        DependentOption.require(spec, TIMEOUT, WAIT);
        Configuration configuration = common.configuration(Map.of());
        if (stage == DeadLetterStage.CAPTURE) {
            throw CommandFailure.wrongUsage("dead letters of capture cannot be put back, for the row may have"
                    + " changed since: 'waltally snapshot SOURCE.TABLE --from KEY --to KEY' reads it as it is now"
                    + " ('waltally dlq list --stage capture' shows the keys), and then 'waltally dlq drop --stage"
                    + " capture' gives them up");
        }
        TargetSystems.announce(spec, TargetSystems.kafka(configuration));
        TopicCatalogue topics = configuration.catalogue();
        DeadLetterTopics letters = new DeadLetterTopics(configuration.kafka(), topics);
        DeadLetterOptions.Selection selection = options.select(configuration, letters, List.of(stage));
        options.requireIds(selection.letters(), List.of(stage), topics);
        // Of several letters of the same record, only the last one counts.
        List<DeadLetterHistory> candidates = selection.letters().stream()
                .filter(filed -> filed.successor().isEmpty())
                .filter(filed -> filed.isOpen() || !options.ids().isEmpty())
                .toList();
        List<DeadLetter> selected = candidates.stream()
                .filter(filed -> again
                        || !options.ids().isEmpty()
                        || filed.awaitedSince().isEmpty())
                .map(DeadLetterHistory::letter)
                .toList();
        Set<String> endpoints = stage == DeadLetterStage.WEBHOOKS && !selected.isEmpty()
                ? DeadLetterOptions.endpoints(configuration)
                : Set.of();
        selected.forEach(letter -> {
            letter.endpoint().ifPresent(name -> requireKnown(endpoints, name));
            letter.sink().ifPresent(name -> requireSink(configuration, name));
        });
        PrintWriter out = spec.commandLine().getOut();
        int awaited = candidates.size() - selected.size();
        if (awaited > 0) {
            out.println(DeadLetterTexts.count(awaited)
                    + " left out: put back before, and the results are awaited (--again puts them back again)");
        }
        if (selected.isEmpty()) {
            out.println(DeadLetterTexts.count(0) + " put back");
            return wait && awaited > 0 ? 1 : 0;
        }
        DeadLetterTopics.Replay replay = AuditLog.call(
                "dlq replay",
                stage.id() + " " + DeadLetterTexts.count(selected.size()),
                () -> letters.replay(selection.ledger(), selected));
        int changed = selected.size() - replay.letters().size();
        if (changed > 0) {
            out.println(DeadLetterTexts.count(changed) + " left out: they were replayed or resolved meanwhile");
        }
        out.println(DeadLetterTexts.count(replay.letters().size()) + " put back"
                + (wait ? "" : "; 'waltally dlq list' shows those that remain open"));
        out.flush();
        if (!wait) {
            return 0;
        }
        boolean tookEffect = new ReplayResults(configuration, letters, stage, out)
                .await(replay.request(), replay.letters(), timeout);
        return tookEffect && awaited == 0 && changed == 0 ? 0 : 1;
    }

    /** All but capture, to which nothing is put back. */
    static final class Stages extends ChoiceConverter<DeadLetterStage> {
        private static final Set<DeadLetterStage> REPLAYED = EnumSet.complementOf(EnumSet.of(DeadLetterStage.CAPTURE));

        Stages() {
            super(DeadLetterStage.class, REPLAYED);
        }

        /** For completion. */
        static final class Names implements Iterable<String> {
            @Override
            public Iterator<String> iterator() {
                return REPLAYED.stream().map(DeadLetterStage::id).iterator();
            }
        }
    }

    private static void requireKnown(Set<String> endpoints, String endpoint) {
        if (!endpoints.contains(endpoint)) {
            throw new CommandFailure("endpoint " + endpoint + " is neither configured (webhooks.endpoints) nor was it"
                    + " added at run time, so no instance would send to it; choose others with --endpoint NAME, or give its"
                    + " dead letters up with 'waltally dlq drop --endpoint " + endpoint + "'");
        }
    }

    private static void requireSink(Configuration configuration, String sink) {
        configuration.sinks().obstacleToReplay(sink).ifPresent(obstacle -> {
            throw new CommandFailure(obstacle + "; choose others with --sink NAME, or give its dead letters up with"
                    + " 'waltally dlq drop --stage sinks --sink " + sink + "'");
        });
    }
}
