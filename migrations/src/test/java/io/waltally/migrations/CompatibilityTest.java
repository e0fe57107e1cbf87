package io.waltally.migrations;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.waltally.compatibility.NamedForms;
import io.waltally.compatibility.RecordedForms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Migrations that earlier versions have run. */
class CompatibilityTest {
    private static final Path ROOT = Path.of("src/main/resources");

    @Test
    void releasedMigrationsAreUnchanged() throws IOException, GeneralSecurityException {
        SortedMap<String, JsonNode> checksums = new TreeMap<>();
        List<Path> files;
        try (Stream<Path> all = Files.walk(ROOT)) {
            files = all.filter(Files::isRegularFile)
                    .filter(file -> file.toString().matches(".*\\.sql(\\.conf)?"))
                    .toList();
        }
        for (Path file : files) {
            checksums.put(
                    ROOT.relativize(file).toString().replace('\\', '/'),
                    TextNode.valueOf(HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)))));
        }
        RecordedForms.of("migrations")
                .verify(new NamedForms(
                        checksums,
                        "Flyway refuses a database whose migrations have other checksums or are gone: leave them"
                                + " as they are, and add one of a higher version."));
    }
}
