package io.waltally.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.config.Configuration;
import io.waltally.app.fixture.PartitionSteps;
import io.waltally.app.run.StopSignal;
import io.waltally.schemas.topic.Topic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Compares the documents of the project with its files, links, classes and commands. */
class DocumentationTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ +(.+)$");
    private static final Pattern COMMAND = Pattern.compile("(?m)^\\| `([a-z]+(?: [a-z]+)?)\\b");
    private static final int README_BYTES = 8_000;

    @Test
    void everyLinkLeadsSomewhere() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Path document : documents()) {
            Matcher link = LINK.matcher(Files.readString(document));
            while (link.find()) {
                String target = link.group(1);
                if (!target.matches("[a-z]+:.*") && !leads(document, target)) {
                    broken.add(ROOT.relativize(document) + ": " + target);
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    private static boolean leads(Path document, String target) throws IOException {
        String[] parts = target.split("#", 2);
        Path file = parts[0].isEmpty()
                ? document
                : document.resolveSibling(parts[0]).normalize();
        if (!Files.exists(file)) {
            return false;
        }
        return parts.length == 1 || anchors(file).contains(parts[1]);
    }

    /** As GitHub forms them. */
    private static Set<String> anchors(Path document) throws IOException {
        Set<String> anchors = new TreeSet<>();
        Matcher heading = HEADING.matcher(Files.readString(document));
        while (heading.find()) {
            anchors.add(heading.group(1)
                    .toLowerCase(Locale.ROOT)
                    .replaceAll("[^a-z0-9 _-]", "")
                    .replace(' ', '-'));
        }
        return anchors;
    }

    @Test
    void everyCommandIsDocumented() throws IOException {
        Set<String> documented = new TreeSet<>();
        Matcher command = COMMAND.matcher(Files.readString(ROOT.resolve("docs/cli.md")));
        while (command.find()) {
            documented.add(command.group(1));
        }
        assertThat(documented).isEqualTo(commands());
    }

    private static Set<String> commands() {
        Set<String> names = new TreeSet<>();
        Main.commandLine(new StopSignal()).getSubcommands().forEach((name, command) -> {
            if (command.getSubcommands().isEmpty()) {
                names.add(name);
            }
            command.getSubcommands().keySet().forEach(below -> names.add(name + " " + below));
        });
        return names;
    }

    @Test
    void theStepsToOtherPartitionsKeepWhatIsNotMadeAgain() throws IOException {
        Pattern deleted = Pattern.compile(PartitionSteps.deletedTopics());
        assertThat(Configuration.from(Map.of()).catalogue().all().stream()
                        .map(Topic::name)
                        .filter(name -> !deleted.matcher(name).matches()))
                .containsExactlyInAnyOrderElementsOf(PartitionSteps.KEPT_TOPICS);
    }

    @Test
    void theReadmeIsShort() throws IOException {
        assertThat(Files.size(ROOT.resolve("README.md"))).isLessThan(README_BYTES);
    }

    private static List<Path> documents() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT, 3)) {
            return files.filter(file -> file.toString().endsWith(".md"))
                    .filter(file -> !file.toString().contains("target"))
                    .toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
