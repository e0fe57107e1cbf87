package io.waltally.app.config;

import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.config.value.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** The token that commands send to a running instance: of a file, else of the environment, else of the configuration. */
public final class InstanceToken {
    public static final String OPTION = "--token-file";
    public static final String VARIABLE = "WALTALLY_HTTP_TOKEN";

    private InstanceToken() {}

    /**
     * @param file given by {@value #OPTION}
     * @return empty if no token is known
     * @throws ConfigException if the file cannot be read, or what is given is no token
     */
    public static Optional<Secret> of(Optional<Path> file, HttpSettings settings) {
        return of(file, settings, System.getenv());
    }

    static Optional<Secret> of(Optional<Path> file, HttpSettings settings, Map<String, String> environment) {
        if (file.isPresent()) {
            return Optional.of(checked(OPTION + " " + file.get(), content(file.get())));
        }
        String variable = environment.getOrDefault(VARIABLE, "");
        if (!variable.isEmpty()) {
            return Optional.of(checked(VARIABLE, variable));
        }
        return settings.tokens().stream().findFirst().map(ApiToken::secret);
    }

    private static String content(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (NoSuchFileException e) {
            throw ConfigException.stated(OPTION, OPTION + " is \"" + file + "\": there is no such file");
        } catch (IOException e) {
            throw ConfigException.stated(OPTION, OPTION + " is \"" + file + "\": cannot be read: " + e.getMessage());
        }
    }

    private static Secret checked(String origin, String text) {
        if (!ApiToken.isWellFormed(text)) {
            throw ConfigException.stated(
                    origin, origin + " has no token: it must be one line of letters, digits and ._~+/-");
        }
        return new Secret(text);
    }
}
