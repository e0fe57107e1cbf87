package io.waltally.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The distribution that the build has unpacked. */
public final class Installation {
    private static final Path DISTRIBUTION = Path.of("target", "distribution").toAbsolutePath();

    private Installation() {}

    public static Path unpacked() throws IOException {
        try (Stream<Path> paths =
                Files.find(DISTRIBUTION, 4, (path, attributes) -> path.endsWith(Path.of("bin/waltally")))) {
            return paths.findFirst().orElseThrow().getParent().getParent();
        }
    }
}
