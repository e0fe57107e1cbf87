package io.waltally.compatibility;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordedFormsTest {
    private static final String DEVELOPING_FIRST = """
            # Changelog

            ## 0.1.0 (unreleased)

            - First.
            """;
    private static final String DEVELOPING_SECOND = """
            # Changelog

            ## 0.10.0 (unreleased)

            - One.
            %s
            - Three.

            ## 0.9.0 (2026-11-29)

            - First.
            - **Upgrade:** `b` of long ago.
            """;

    @TempDir
    private Path directory;

    @Test
    void whatIsRecordedIsReadAgain() {
        record(DEVELOPING_FIRST, "0.1.0", names(Map.of("a", "1", "b", "2")));
        verify(DEVELOPING_FIRST, names(Map.of("a", "1", "b", "2")));
    }

    @Test
    void aFormThatIsNotRecordedIsNamed() {
        assertThatThrownBy(() -> verify(DEVELOPING_FIRST, names(Map.of("a", "1"))))
                .hasMessageContaining(
                        "Forms of kind names that this version writes and that are not recorded:\n  - a\n")
                .hasMessageContaining("-Dwaltally.compatibility.record=VERSION");
        record(DEVELOPING_FIRST, "0.1.0", names(Map.of("a", "1")));
        assertThatThrownBy(() -> verify(DEVELOPING_FIRST, names(Map.of("a", "1", "b", "2"))))
                .hasMessageContaining("\n  - b\n");
    }

    @Test
    void aFormThatIsGoneOrOtherwiseIsNamedWithTheDifferenceAndTheRemedy() {
        record(DEVELOPING_FIRST, "0.1.0", names(Map.of("a", "1", "b", "2")));
        assertThatThrownBy(() -> verify(DEVELOPING_FIRST, names(Map.of("b", "3"))))
                .hasMessageContaining("\n  - a of 0.1.0: today's code has no such form")
                .hasMessageContaining("\n  - b of 0.1.0: recorded \"2\", today \"3\"")
                .hasMessageContaining("\nKeep it.\n");
    }

    @Test
    void everyVersionThatWasRecordedIsCompared() {
        record(
                DEVELOPING_SECOND.formatted("").replace("0.9.0 (2026-11-29)", "0.9.0 (unreleased)"),
                "0.9.0",
                names(Map.of("a", "1")));
        record(DEVELOPING_SECOND.formatted(""), "0.10.0", names(Map.of("a", "2")));
        assertThatThrownBy(() -> verify(DEVELOPING_SECOND.formatted(""), names(Map.of("a", "2"))))
                .hasMessageContaining("\n  - a of 0.9.0: recorded \"1\", today \"2\"");
        verify(
                DEVELOPING_SECOND.formatted("- A has moved. **Upgrade:** `a` is made\n  anew."),
                names(Map.of("a", "2")));
    }

    @Test
    void anUpgradeNoteOfAnEarlierVersionOrOfAnotherFormDoesNotCount() {
        record(
                DEVELOPING_SECOND.formatted("").replace("0.9.0 (2026-11-29)", "0.9.0 (unreleased)"),
                "0.9.0",
                names(Map.of("b", "1")));
        record(DEVELOPING_SECOND.formatted(""), "0.10.0", names(Map.of("c", "2")));
        assertThatThrownBy(() -> verify(DEVELOPING_SECOND.formatted("- **Upgrade:** `a`."), names(Map.of("c", "2"))))
                .hasMessageContaining("\n  - b of 0.9.0");
    }

    @Test
    void aReleasedVersionIsNotRecordedAgain() {
        assertThatThrownBy(() -> record(DEVELOPING_SECOND.formatted(""), "0.9.0", names(Map.of("a", "1"))))
                .hasMessageContaining("CHANGELOG.md has no section \"## 0.9.0 (unreleased)\"");
        assertThat(directory).isEmptyDirectory();
    }

    private record Before(long count) {}

    private record After(long count, String unit) {}

    @Test
    void aValueMayGainAComponentAndKeepsTheOthers() {
        record(DEVELOPING_FIRST, "0.1.0", numbers(bytes -> new Before(bytes[0])));
        assertThatThrownBy(() -> verify(DEVELOPING_FIRST, numbers(bytes -> new Before(bytes[0] + 1))))
                .hasMessageContaining(
                        "number of 0.1.0: 07 is read as another value: /count: recorded \"7\", today \"8\"");
        assertThatThrownBy(() -> verify(DEVELOPING_FIRST, numbers(bytes -> {
                    throw new IllegalArgumentException("too short");
                })))
                .hasMessageContaining(
                        "number of 0.1.0: 07 is not readable: java.lang.IllegalArgumentException: too short");
        verify(DEVELOPING_FIRST, numbers(bytes -> new After(bytes[0], "bytes")));
    }

    @Test
    void aFormThatIsWrittenOtherwiseHasToBeRecorded() {
        record(DEVELOPING_FIRST, "0.1.0", numbers(bytes -> new Before(bytes[0])));
        ByteForms longer = new ByteForms("");
        longer.<Object>form("number", value -> new byte[] {2, 7}, bytes -> new Before(bytes[bytes.length - 1]));
        longer.sample("number", new byte[] {2, 7});
        assertThatThrownBy(() -> verify(DEVELOPING_FIRST, longer))
                .hasMessageContaining("number, which differs from that of 0.1.0 and is compatible with it:"
                        + " 07 is written as 0207");
    }

    @Test
    void bytesThatDifferEachTimeAreComparedByTheirLength() {
        Function<byte[], String> read = bytes -> "hidden";
        Function<String, byte[]> write =
                text -> Long.toString(1_000_000 + System.nanoTime() % 1_000_000).getBytes(StandardCharsets.US_ASCII);
        ByteForms forms = new ByteForms("").encryptedForm("sealed", write, read);
        forms.sample("sealed", write.apply("hidden"));
        record(DEVELOPING_FIRST, "0.1.0", forms);
        verify(DEVELOPING_FIRST, forms);
        assertThat(forms.withoutSamples()).isEmpty();
        assertThat(forms.form("other", write, read).withoutSamples()).containsExactly("other");
    }

    private sealed interface Shape permits Circle, Square {}

    private record Circle(int radius) implements Shape {}

    private record Square(int side) implements Shape {}

    @Test
    void everyAlternativeOfASealedInterfaceNeedsASample() {
        ByteForms forms = new ByteForms("")
                .<Shape>form("shape", shape -> new byte[0], bytes -> bytes[0] == 1 ? new Circle(7) : new Square(7));
        forms.sample("shape", new byte[] {1});
        assertThat(forms.withoutSamples()).containsExactly("Square");
        forms.sample("shape", new byte[] {2});
        assertThat(forms.withoutSamples()).isEmpty();
    }

    private static ByteForms numbers(Function<byte[], ?> read) {
        ByteForms forms = new ByteForms("Read it.");
        forms.<Object>form("number", value -> new byte[] {7}, bytes -> read.apply(bytes));
        try {
            forms.sample("number", new byte[] {7});
        } catch (IllegalArgumentException e) {
            // It is not readable, which the check has to report.
        }
        return forms;
    }

    private static NamedForms names(Map<String, String> texts) {
        Map<String, JsonNode> forms = new TreeMap<>();
        texts.forEach((name, text) -> forms.put(name, TextNode.valueOf(text)));
        return new NamedForms(new TreeMap<>(forms), "Keep it.");
    }

    private void record(String changelog, String version, Forms forms) {
        new RecordedForms(directory, changelog, "names", Optional.of(version)).verify(forms);
    }

    private void verify(String changelog, Forms forms) {
        new RecordedForms(directory, changelog, "names", Optional.empty()).verify(forms);
    }
}
