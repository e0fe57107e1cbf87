package io.waltally.app.doctor;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.value.ByteSize;
import io.waltally.app.doctor.check.Check;
import io.waltally.app.doctor.check.Finding;
import io.waltally.app.run.state.StateDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Checks whether the directory of state stores is writable and has space. */
record StateDirectoryCheck(Configuration configuration) implements Check {
    private static final long LITTLE = 1L << 30;
    static final String KEY = "streams.state-directory";

    @Override
    public String name() {
        return "state directory";
    }

    @Override
    public List<Finding> run() throws IOException {
        // The last part of the default is the id of the cluster, which is below a directory of this user.
        Path directory = configuration
                .streams()
                .stateDirectory()
                .orElseGet(
                        () -> configuration.streams().stateDirectory("cluster").getParent());
        Optional<String> problem = StateDirectory.problem(directory);
        if (problem.isPresent()) {
            return List.of(Finding.error(
                    name(),
                    directory + " (" + KEY + ") cannot be used: " + problem.get(),
                    "set " + KEY + " to a directory that this user may write"));
        }
        long free =
                Files.getFileStore(StateDirectory.nearestExisting(directory)).getUsableSpace();
        if (free < LITTLE) {
            return List.of(Finding.warning(
                    name(),
                    directory + " (" + KEY + ") has " + ByteSize.shown(free) + " left",
                    "free some, or set " + KEY + " to a larger disk"));
        }
        return List.of(Finding.ok(name(), directory + " can be written, and has " + ByteSize.shown(free) + " left"));
    }
}
