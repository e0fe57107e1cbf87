package io.waltally.app.command.common;

import io.waltally.app.config.HttpSettings;
import io.waltally.app.config.InstanceToken;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options of commands that ask a running instance. */
public final class InstanceOptions {
    @Option(
            names = InstanceToken.OPTION,
            paramLabel = "FILE",
            description = "File with the token for the running instance (default: " + InstanceToken.VARIABLE
                    + " of the environment, else the first of http.operate-tokens, else of http.read-tokens).")
    private Path tokenFile;

    /** @throws io.waltally.app.config.reading.ConfigException if the token or a file of TLS cannot be used */
    public RunningInstance instance(HttpSettings settings) {
        return new RunningInstance(settings, InstanceToken.of(Optional.ofNullable(tokenFile), settings));
    }
}
