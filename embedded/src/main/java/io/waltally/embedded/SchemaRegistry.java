package io.waltally.embedded;

import io.waltally.embedded.process.ChildProcess;
import io.waltally.embedded.process.ClassArchive;
import io.waltally.embedded.process.EmbeddedServerException;
import io.waltally.embedded.process.JavaProgram;
import io.waltally.embedded.process.PortInUseException;
import io.waltally.embedded.process.Ports;
import io.waltally.embedded.process.PreviousProcess;
import io.waltally.embedded.process.ServerDirectory;
import io.waltally.embedded.process.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Apicurio Registry as a child process, used through its Confluent API. The same schema in two subjects has one id, as
 * in Confluent's registry. It has no global rule, which would hold even for subjects with compatibility NONE.
 *
 * <p>With a data directory its schemas are in an H2 file that is written at each commit: an acknowledged schema
 * survives {@link #kill()}. Without one they are in memory.
 *
 * <p>The distribution (unpacked, 115 MB) is not in waltally's jar. It is in the directory of the system property
 * {@value #HOME_PROPERTY}, or where the build of this module unpacks it, {@code embedded/target/apicurio-registry},
 * found relative to this class.
 */
public final class SchemaRegistry extends ServerProcess {
    /** System property: the directory of the unpacked distribution. */
    public static final String HOME_PROPERTY = "waltally.embedded.registry-home";

    static final String SERVICE = "the schema registry";
    static final String API_PATH = "/apis/ccompat/v7";

    private static final Logger LOG = LoggerFactory.getLogger(SchemaRegistry.class);
    private static final String STOP_SIGNAL = "TERM";
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(10);

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** The time to stop for a process that writes its class archive at the end. */
    private static final Duration RECORDING_TIMEOUT = Duration.ofSeconds(30);

    private final Path runner;
    private ClassArchive classes;

    private SchemaRegistry(ServerDirectory directory, Path runner, int port) {
        super(SERVICE, directory, port, STOP_SIGNAL, STOP_TIMEOUT);
        this.runner = runner;
        begin();
    }

    /**
     * Returns when the registry is ready.
     *
     * @throws PortInUseException if the requested port is in use
     * @throws EmbeddedServerException if the distribution is missing, or if it does not start, with the end of its
     *     output
     */
    public static SchemaRegistry start(ServerOptions options) {
        Path runner = runner();
        ServerDirectory directory = ServerDirectory.open("registry", options.dataDirectory());
        try {
            PreviousProcess.awaitEnd(processIdFile(directory), "java");
            return Ports.listening(SERVICE, options.port(), port -> new SchemaRegistry(directory, runner, port));
        } catch (RuntimeException | Error e) {
            directory.close();
            throw e;
        }
    }

    /** The base URL of the Confluent API, the value of {@code schema.registry.url}. */
    public URI uri() {
        return URI.create("http://" + Ports.LOOPBACK + ":" + port() + API_PATH);
    }

    private static Path processIdFile(ServerDirectory directory) {
        return directory.path().resolve("registry.pid");
    }

    @Override
    protected ChildProcess launch() {
        Path temporaryFiles = directory().path().resolve("tmp");
        ServerDirectory.deleteTree(temporaryFiles);
        try {
            Files.createDirectories(temporaryFiles);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make " + temporaryFiles + ": " + e.getMessage(), e);
        }
        List<String> command = new ArrayList<>(JavaProgram.small("192m"));
        if (classes != null) {
            // A restart: the process before has ended.
            classes.keep();
        }
        classes = new ClassArchive(runner, directory().isTemporary());
        command.add(classes.option());
        command.add("-Xlog:cds*=off");
        command.add("-Djava.io.tmpdir=" + temporaryFiles);
        command.add("-Dquarkus.http.host=" + Ports.LOOPBACK);
        command.add("-Dquarkus.http.port=" + port());
        command.add("-Dquarkus.log.level=WARN");
        command.add("-Dquarkus.log.category.\"io.apicurio\".level=WARN");
        command.add("-Dquarkus.log.category.\"io.quarkus.http.access-log\".level=WARN");
        command.add("-Dapicurio.datasource.jdbc.initial-size=1");
        command.add("-Dapicurio.datasource.jdbc.min-size=1");
        command.add("-Dapicurio.datasource.jdbc.max-size=10");
        if (!directory().isTemporary()) {
            // By default H2 writes half a second after the commit.
            command.add("-Dapicurio.datasource.url=jdbc:h2:file:"
                    + directory().path().resolve("registry") + ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE");
        }
        command.addAll(List.of("-jar", runner.toString()));

        long began = System.nanoTime();
        ChildProcess started = ChildProcess.start(
                SERVICE, ChildProcess.LastSignal.KILL, directory().path(), command);
        PreviousProcess.record(processIdFile(directory()), started.pid());
        started.awaitReady(this::answers, START_TIMEOUT);
        LOG.info(
                "schema registry on port {} after {} ms",
                port(),
                Duration.ofNanos(System.nanoTime() - began).toMillis());
        return started;
    }

    @Override
    protected void discard(ChildProcess running) {
        if (classes.isRecording()) {
            running.stop(STOP_SIGNAL, RECORDING_TIMEOUT);
            classes.keep();
        } else {
            super.discard(running);
        }
    }

    private boolean answers() {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(uri() + "/subjects"))
                    .timeout(REQUEST_TIMEOUT)
                    .build();
            return HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static Path runner() {
        String configured = System.getProperty(HOME_PROPERTY);
        Path home = configured != null ? Path.of(configured).toAbsolutePath() : builtHome();
        if (Files.isDirectory(home)) {
            try (Stream<Path> files = Files.list(home)) {
                Path runner = files.filter(file -> file.getFileName().toString().endsWith("-runner.jar"))
                        .findFirst()
                        .orElse(null);
                if (runner != null) {
                    return runner;
                }
            } catch (IOException e) {
                throw new UncheckedIOException("cannot list " + home + ": " + e.getMessage(), e);
            }
        }
        throw new EmbeddedServerException("no schema registry in " + home
                + ": build the module embedded (mvn -pl embedded generate-resources unpacks it), or name its directory"
                + " by the system property " + HOME_PROPERTY);
    }

    /**
     * Classes are in {@code embedded/target/classes} or in a jar in {@code embedded/target}; the registry is in the
     * same directory.
     */
    private static Path builtHome() {
        CodeSource source = SchemaRegistry.class.getProtectionDomain().getCodeSource();
        if (source == null) {
            throw new EmbeddedServerException("set the system property " + HOME_PROPERTY
                    + " to the schema registry's directory: it is unknown where this class was loaded from");
        }
        try {
            return Path.of(source.getLocation().toURI()).resolveSibling("apicurio-registry");
        } catch (URISyntaxException e) {
            throw new EmbeddedServerException("not a path: " + source.getLocation(), e);
        }
    }
}
