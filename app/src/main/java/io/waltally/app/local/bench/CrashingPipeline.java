package io.waltally.app.local.bench;

import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.LoadedConfiguration;
import io.waltally.app.local.TemporaryDirectory;
import io.waltally.app.tally.AsOf;
import io.waltally.app.tally.BackendListener;
import io.waltally.app.tally.BackgroundReading;
import io.waltally.app.tally.CommittedReader;
import io.waltally.app.tally.CommittedTallies;
import io.waltally.bench.capture.CaptureBenchmarkTarget;
import io.waltally.bench.pipeline.RecoveryBenchmarkTarget;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.topic.TopicCatalogue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Runs the pipeline on embedded servers, with a process per role that can be killed. */
final class CrashingPipeline implements RecoveryBenchmarkTarget, AutoCloseable {
    private static final int LINES_OF_A_FAILURE = 20;

    private final CaptureBenchmarkTarget capture;
    private final Path directory;
    private final Path configurationFile;
    private final Source source;
    private final Map<Part, Process> processes = new EnumMap<>(Part.class);
    private final CommittedTallies tallies;
    private final BackgroundReading watermarks;
    private volatile Optional<Lsn> captured = Optional.empty();

    /**
     * @param directory for the configuration, state and logs of the processes
     * @param values the configuration
     */
    CrashingPipeline(
            Path directory,
            Map<String, String> values,
            Configuration configuration,
            TopicCatalogue catalogue,
            CaptureBenchmarkTarget capture) {
        this.capture = capture;
        this.directory = directory;
        this.source = capture.capture().source();
        try {
            configurationFile = Files.writeString(
                    directory.resolve("waltally.yml"),
                    values.entrySet().stream()
                            .map(value -> "\"" + value.getKey() + "\": \"" + value.getValue() + "\"\n")
                            .collect(Collectors.joining()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        tallies = new CommittedTallies(configuration.kafka(), catalogue, BackendListener.NONE);
        watermarks = new BackgroundReading(
                "captured",
                new CommittedReader(configuration.kafka()).from(catalogue.watermarks(), (key, value, record) -> {
                    if (Source.of(key.getSource()) == source) {
                        captured = Optional.of(new Lsn(value.getLsn()));
                    }
                }));
    }

    static Path state(Path directory) {
        return directory.resolve("state");
    }

    @Override
    public CaptureBenchmarkTarget capture() {
        return capture;
    }

    @Override
    public void start(Part part) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("-XX:+Use"))
                .forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.waltally.app.Main", "run"));
        command.addAll(List.of("--roles", part == Part.CAPTURE ? "capture" : "streams"));
        command.addAll(List.of("-c", configurationFile.toString()));
        try {
            ProcessBuilder process = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(log(part).toFile());
            // The file is the whole configuration.
            process.environment().keySet().removeIf(name -> name.startsWith(LoadedConfiguration.VARIABLES));
            processes.put(part, process.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path log(Part part) {
        return directory.resolve(part + ".log");
    }

    @Override
    public void kill(Part part) {
        Process process = processes.remove(part);
        process.destroyForcibly();
        process.onExit().join();
    }

    @Override
    public void forgetState() {
        TemporaryDirectory.delete(state(directory));
    }

    @Override
    public Optional<Lsn> captured() {
        requireRunning();
        return captured;
    }

    @Override
    public Optional<Lsn> applied() {
        requireRunning();
        return tallies.published(source).map(AsOf::lsn);
    }

    private void requireRunning() {
        processes.forEach((part, process) -> {
            if (!process.isAlive()) {
                throw new CommandFailure(
                        "the process of role " + part + " ended with " + process.exitValue() + ": " + lastLines(part));
            }
        });
    }

    private String lastLines(Part part) {
        try {
            List<String> lines = Files.readAllLines(log(part));
            return String.join("\n", lines.subList(Math.max(0, lines.size() - LINES_OF_A_FAILURE), lines.size()));
        } catch (IOException e) {
            return "no log: " + e.getMessage();
        }
    }

    @Override
    public void close() {
        List.copyOf(processes.keySet()).forEach(this::kill);
        watermarks.close();
        tallies.close();
    }
}
