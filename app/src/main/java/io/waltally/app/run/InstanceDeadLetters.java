package io.waltally.app.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waltally.app.config.Configuration;
import io.waltally.app.deadletter.DeadLetter;
import io.waltally.app.deadletter.DeadLetterContents;
import io.waltally.app.deadletter.DeadLetterHistory;
import io.waltally.app.deadletter.DeadLetterJson;
import io.waltally.app.deadletter.DeadLetterLedger;
import io.waltally.app.deadletter.DeadLetterPage;
import io.waltally.app.deadletter.DeadLetterPosition;
import io.waltally.app.deadletter.DeadLetterStage;
import io.waltally.app.deadletter.DeadLetterTopics;
import io.waltally.app.deadletter.DeadLetterWatch;
import io.waltally.app.http.route.DeadLetterOperations;
import io.waltally.app.http.route.tally.TallyQueries;
import io.waltally.app.webhook.KnownEndpoints;
import io.waltally.schemas.topic.TopicCatalogue;
import java.util.Comparator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Dead letters for the HTTP API. Open ones are indexed in memory; contents are read on request. */
final class InstanceDeadLetters implements DeadLetterOperations {
    private final Configuration configuration;
    private final TopicCatalogue catalogue;
    private final DeadLetterWatch watch;
    private final DeadLetterTopics topics;
    private final DeadLetterJson documents;

    InstanceDeadLetters(Configuration configuration, TopicCatalogue topics, DeadLetterWatch watch) {
        this.configuration = configuration;
        this.catalogue = topics;
        this.watch = watch;
        this.topics = new DeadLetterTopics(configuration.kafka(), topics);
        this.documents = new DeadLetterJson(new DeadLetterContents(topics));
    }

    @Override
    public Listing open(DeadLetterStage stage, Optional<DeadLetterPosition> after, int limit) {
        List<DeadLetterHistory> known = watch.letters()
                .orElseThrow(() -> new TallyQueries.TalliesUnavailableException(
                        "the dead letters are still being read; try again"));
        DeadLetterPage page = DeadLetterPage.of(
                known.stream()
                        .filter(DeadLetterHistory::isOpen)
                        .map(DeadLetterHistory::letter)
                        .filter(letter -> letter.stage() == stage)
                        .map(DeadLetterPosition::of)
                        .toList(),
                after,
                limit);
        if (page.places().isEmpty()) {
            return new Listing(List.of(), Optional.empty());
        }
        Set<DeadLetterPosition> wanted = Set.copyOf(page.places());
        List<ObjectNode> open =
                topics.read(List.of(stage), letter -> wanted.contains(DeadLetterPosition.of(letter))).letters().stream()
                        .filter(DeadLetterHistory::isOpen)
                        .sorted(Comparator.comparing(filed -> DeadLetterPosition.of(filed.letter())))
                        .map(documents::whole)
                        .toList();
        return new Listing(open, page.next());
    }

    @Override
    public int replay(Selection selection) {
        if (selection.stage() == DeadLetterStage.CAPTURE) {
            throw new IllegalStateException("dead letters of capture cannot be put back, for the row may have changed"
                    + " since: a snapshot of the table reads it as it is now");
        }
        DeadLetterLedger ledger = read(selection);
        Set<DeadLetter> awaited = ledger.letters().stream()
                .filter(filed -> filed.awaitedSince().isPresent())
                .map(DeadLetterHistory::letter)
                .collect(Collectors.toSet());
        List<DeadLetter> letters = open(ledger).stream()
                .filter(letter -> !awaited.contains(letter))
                .toList();
        if (letters.isEmpty()) {
            throw putBackBefore();
        }
        for (DeadLetter letter : letters) {
            letter.endpoint().ifPresent(this::requireEndpoint);
            letter.sink().ifPresent(this::requireSink);
        }
        int sent = topics.replay(ledger, letters).letters().size();
        if (sent == 0) {
            throw putBackBefore();
        }
        return sent;
    }

    @Override
    public int drop(Selection selection, String reason) {
        DeadLetterLedger ledger = read(selection);
        List<DeadLetter> letters = open(ledger);
        topics.drop(ledger, letters, reason);
        return letters.size();
    }

    private static IllegalStateException putBackBefore() {
        return new IllegalStateException("replays of these dead letters are pending; wait for the results");
    }

    private DeadLetterLedger read(Selection selection) {
        return topics.read(
                List.of(selection.stage()),
                letter -> selection.ids().contains(letter.id())
                        && matches(selection.endpoint(), letter.endpoint())
                        && matches(selection.sink(), letter.sink()));
    }

    private static boolean matches(Optional<String> wanted, Optional<String> actual) {
        return wanted.isEmpty() || wanted.equals(actual);
    }

    private static List<DeadLetter> open(DeadLetterLedger ledger) {
        List<DeadLetter> open = ledger.letters().stream()
                .filter(DeadLetterHistory::isOpen)
                .filter(filed -> filed.successor().isEmpty())
                .map(DeadLetterHistory::letter)
                .toList();
        if (open.isEmpty()) {
            throw new NoSuchElementException("none of these dead letters is open");
        }
        return open;
    }

    private void requireEndpoint(String name) {
        if (KnownEndpoints.read(configuration, catalogue).stream()
                .noneMatch(endpoint -> endpoint.name().equals(name))) {
            throw new IllegalStateException(
                    "endpoint " + name + " is neither configured (webhooks.endpoints) nor was it"
                            + " added at run time, so no instance would send to it");
        }
    }

    private void requireSink(String name) {
        configuration.sinks().obstacleToReplay(name).ifPresent(obstacle -> {
            throw new IllegalStateException(obstacle);
        });
    }
}
