package io.waltally.compatibility;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Recorded forms of one kind of data, by version: {@code src/test/resources/compatibility/VERSION/KIND.json} of the
 * module that is being tested. With {@code -Dwaltally.compatibility.record=VERSION} it is recorded instead of compared.
 * docs/releasing.md has the rules.
 */
public final class RecordedForms {
    static final String RECORD = "waltally.compatibility.record";

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final Path directory;
    private final Changelog changelog;
    private final String kind;
    private final Optional<String> recording;

    RecordedForms(Path directory, String changelog, String kind, Optional<String> recording) {
        this.directory = directory;
        this.changelog = new Changelog(changelog);
        this.kind = kind;
        this.recording = recording;
    }

    /** The recorded forms of the module whose directory is the working directory. */
    public static RecordedForms of(String kind) {
        try {
            return new RecordedForms(
                    Path.of("src/test/resources/compatibility"),
                    Files.readString(Path.of("../CHANGELOG.md")),
                    kind,
                    Optional.ofNullable(System.getProperty(RECORD)).filter(version -> !version.isEmpty()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Compares today's forms with the recorded ones.
     *
     * @throws AssertionError naming each form that is not readable, not recorded or changed, the difference, and what
     *     to do
     */
    public void verify(Forms today) {
        if (recording.isPresent()) {
            record(recording.get(), today.written());
            return;
        }
        List<String> versions = versions();
        List<String> unreadable = new ArrayList<>();
        List<String> unrecorded = new ArrayList<>();
        for (String version : versions) {
            boolean newest = version.equals(versions.get(versions.size() - 1));
            SortedMap<String, JsonNode> recorded = read(version);
            recorded.forEach((name, form) -> {
                Optional<String> difference = today.written().containsKey(name)
                        ? today.unreadable(name, form)
                        : Optional.of("today's code has no such form");
                if (difference.isPresent()) {
                    if (newest || !changelog.hasUpgradeNote(version, name)) {
                        unreadable.add(name + " of " + version + ": " + difference.get());
                    }
                } else if (newest) {
                    today.changed(name, form)
                            .ifPresent(change -> unrecorded.add(name + ", which differs from that of " + version
                                    + " and is compatible with it: " + change));
                }
            });
            if (newest) {
                today.written().keySet().stream()
                        .filter(name -> !recorded.containsKey(name))
                        .forEach(unrecorded::add);
            }
        }
        if (versions.isEmpty()) {
            unrecorded.addAll(today.written().keySet());
        }
        if (!unreadable.isEmpty() || !unrecorded.isEmpty()) {
            throw new AssertionError(message(today, unreadable, unrecorded));
        }
    }

    private String message(Forms today, List<String> unreadable, List<String> unrecorded) {
        StringBuilder message = new StringBuilder();
        if (!unreadable.isEmpty()) {
            message.append("Forms of kind ")
                    .append(kind)
                    .append(" that this version cannot read, or reads differently:");
            unreadable.forEach(problem -> message.append("\n  - ").append(problem));
            message.append("\n")
                    .append(today.remedy())
                    .append(
                            "\nIf the change is intended: record the forms of the next version, whose CHANGELOG says in an item"
                                    + " with **Upgrade:** and the name of the form in backticks what an operator has to do."
                                    + " As long as the version that is recorded is unreleased, record it again.\n");
        }
        if (!unrecorded.isEmpty()) {
            message.append("Forms of kind ")
                    .append(kind)
                    .append(" that this version writes and that are not recorded:");
            unrecorded.forEach(problem -> message.append("\n  - ").append(problem));
            message.append("\nRecord them under the version that the CHANGELOG calls unreleased, and commit the file:"
                    + " run this test with -D" + RECORD + "=VERSION (docs/releasing.md).");
        }
        return message.toString();
    }

    private void record(String version, SortedMap<String, JsonNode> written) {
        if (!changelog.isUnreleased(version)) {
            throw new AssertionError(RECORD + "=" + version + ": CHANGELOG.md has no section \"## " + version
                    + " (unreleased)\", and what a released version wrote does not change any more."
                    + " Record the version that is being developed");
        }
        try {
            Files.createDirectories(file(version).getParent());
            Files.writeString(file(version), JSON.writeValueAsString(written) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> versions() {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> versions = Files.list(directory)) {
            return versions.map(version -> version.getFileName().toString())
                    .filter(version -> Files.exists(file(version)))
                    .sorted(Changelog.VERSIONS)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private SortedMap<String, JsonNode> read(String version) {
        try {
            SortedMap<String, JsonNode> forms = new TreeMap<>();
            for (Map.Entry<String, JsonNode> form :
                    JSON.readTree(file(version).toFile()).properties()) {
                forms.put(form.getKey(), form.getValue());
            }
            return forms;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path file(String version) {
        return directory.resolve(version).resolve(kind + ".json");
    }
}
