package io.waltally.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.config.reading.Problems;
import io.waltally.app.config.reading.YamlFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** docs/examples/waltally.yml has every key, with its default. */
class ExampleFileTest {
    private static final Path EXAMPLE = Path.of("../docs/examples/waltally.yml");
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{([A-Z0-9_]+)}");
    private static final List<String> SECRET_FILES = List.of("x-other", "bob-read", "bob-operate");

    @TempDir
    private Path directory;

    @Test
    void everythingInItIsCommentedOut() {
        assertThat(Configuration.load(Optional.of(EXAMPLE), Map.of(), Map.of()))
                .isEqualTo(Configuration.from(Map.of()));
    }

    @Test
    void withoutTheCommentSignsItIsValid() throws IOException {
        Path file = uncommented();
        Map<String, String> environment = new LinkedHashMap<>();
        Matcher reference = REFERENCE.matcher(Files.readString(file));
        while (reference.find()) {
            environment.put(reference.group(1), ConfigurationDocument.secret(reference.group(1)));
        }
        Configuration configuration = Configuration.load(Optional.of(file), Map.of(), environment);
        assertThat(configuration.sinks().sinks()).hasSize(SinkType.values().length);
    }

    @Test
    void itHasTheDocumentedKeysAndTheirDefaults() throws IOException {
        Map<String, Optional<String>> documented = ConfigurationDocument.defaults();
        Map<String, String> values = values();
        assertThat(values.keySet()).containsExactlyInAnyOrderElementsOf(documented.keySet());
        documented.forEach((key, otherwise) ->
                otherwise.ifPresent(value -> assertThat(values.get(key)).as(key).isEqualTo(value)));
    }

    /** The elements of a list of texts are one value. */
    private Map<String, String> values() throws IOException {
        Path all = directory.resolve("all.yml");
        // Keys that exclude others are comments in the file without comment signs.
        Files.writeString(all, Files.readString(uncommented()).replaceAll("(?m)^( *)# ", "$1"));
        return YamlFile.read(all, new Problems()).entrySet().stream()
                .collect(Collectors.toMap(
                        entry -> entry.getKey().replaceFirst("\\[\\d+]$", ""),
                        entry -> entry.getValue().text(),
                        (first, second) -> first + ", " + second));
    }

    private Path uncommented() throws IOException {
        for (String name : SECRET_FILES) {
            Files.writeString(directory.resolve(name), name + "-0123456789");
        }
        String yaml = Files.readString(EXAMPLE)
                .lines()
                .filter(line -> !line.startsWith("##"))
                .map(line -> line.replaceFirst("^#", ""))
                .collect(Collectors.joining("\n"));
        for (String name : SECRET_FILES) {
            yaml = yaml.replace("/run/secrets/" + name, directory.resolve(name).toString());
        }
        return Files.writeString(directory.resolve("waltally.yml"), yaml);
    }
}
