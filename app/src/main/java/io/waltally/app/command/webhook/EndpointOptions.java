package io.waltally.app.command.webhook;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Options with settings of an endpoint. */
final class EndpointOptions {
    private static final String SET = "--set";

    @Option(
            names = "--secret",
            paramLabel = "SECRET",
            description = "Signing secret: whsec_ and Base64. May be repeated: each signs.")
    private List<String> secrets = List.of();

    @Option(
            names = "--secrets-file",
            paramLabel = "FILE",
            description = "File with a signing secret in each line; read here, so that none is in a list of processes.")
    private Path secretsFile;

    @Option(
            names = "--events",
            paramLabel = "PATTERN",
            split = ",",
            description = "Types, or the beginnings of types such as s3:ObjectCreated:*.")
    private List<String> events = List.of();

    @Option(
            names = SET,
            paramLabel = "KEY=VALUE",
            description = "Any other setting of an entry of webhooks.endpoints, such as timeout=10s or"
                    + " headers.X-Tenant=a. May be repeated.")
    private Map<String, String> others = Map.of();

    /**
     * The settings by key; lists have commas.
     *
     * @throws ParameterException if one is given twice
     */
    Map<String, String> settings(CommandSpec spec) {
        requireDistinct(spec);
        Map<String, String> settings = new LinkedHashMap<>(others);
        if (!secrets.isEmpty() && secretsFile != null) {
            throw new ParameterException(spec.commandLine(), "--secret and --secrets-file exclude each other");
        }
        if (!secrets.isEmpty()) {
            put(spec, settings, "secrets", String.join(",", secrets));
        }
        if (secretsFile != null) {
            put(spec, settings, "secrets", String.join(",", lines(spec)));
        }
        if (!events.isEmpty()) {
            put(spec, settings, "events", String.join(",", events));
        }
        return settings;
    }

    /**
     * Adds a setting that has an option or parameter of its own.
     *
     * @throws ParameterException if --set gives it as well
     */
    static void put(CommandSpec spec, Map<String, String> settings, String key, String value) {
        if (settings.putIfAbsent(key, value) != null) {
            throw new ParameterException(spec.commandLine(), key + " is given twice, by " + SET + " too: give it once");
        }
    }

    private void requireDistinct(CommandSpec spec) {
        OptionSpec set = spec.commandLine().getParseResult().matchedOption(SET);
        if (set != null && set.originalStringValues().size() > others.size()) {
            throw new ParameterException(spec.commandLine(), SET + " gives a setting twice: give it once");
        }
    }

    private List<String> lines(CommandSpec spec) {
        try {
            return Files.readAllLines(secretsFile).stream()
                    .filter(line -> !line.isBlank())
                    .toList();
        } catch (IOException e) {
            throw new ParameterException(
                    spec.commandLine(), "--secrets-file " + secretsFile + " cannot be read: " + e.getMessage(), e);
        }
    }
}
