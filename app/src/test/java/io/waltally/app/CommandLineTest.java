package io.waltally.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.command.common.Colours;
import io.waltally.app.run.StopSignal;
import io.waltally.webhooks.receive.ReceivedWebhook;
import io.waltally.webhooks.receive.WebhookReceiver;
import io.waltally.webhooks.sign.SigningSecret;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

class CommandLineTest {
    private static final String POSTGRES = "PostgreSQL 127.0.0.1:1/nothing";
    private static final String KAFKA = "Kafka 127.0.0.1:2";
    private static final String INSTANCE = "the instance at http://127.0.0.1:4";

    /** Commands that change databases, topics or instances, with parameters, and the systems that each acts on. */
    private static final Map<String, List<String>> CHANGING = Map.ofEntries(
            Map.entry("migrate", List.of(POSTGRES)),
            Map.entry("resume s3", List.of(INSTANCE, POSTGRES, KAFKA)),
            Map.entry("snapshot s3.object_locations", List.of(INSTANCE, KAFKA)),
            Map.entry("topics create", List.of(KAFKA)),
            Map.entry("topics alter --yes", List.of(KAFKA)),
            Map.entry("dlq replay --stage streams", List.of(KAFKA)),
            Map.entry("dlq drop", List.of(KAFKA)),
            Map.entry("sinks pause quotas", List.of(KAFKA)),
            Map.entry("sinks resume quotas", List.of(KAFKA)),
            Map.entry("webhooks add crm https://crm.example/hook", List.of(KAFKA)),
            Map.entry("webhooks change crm --url https://crm.example/hook", List.of(KAFKA)),
            Map.entry("webhooks pause crm", List.of(KAFKA)),
            Map.entry("webhooks resume crm", List.of(KAFKA)),
            Map.entry("webhooks remove crm", List.of(KAFKA)),
            Map.entry("webhooks replay crm --since 2h --yes", List.of(KAFKA)),
            Map.entry("webhooks reseal", List.of(KAFKA)),
            Map.entry("loggers set root INFO", List.of(INSTANCE)));

    /** All others: they show something, or run, with servers of their own or those of the configuration. */
    private static final Set<String> OTHERS = Set.of(
            "bench capture",
            "bench latency",
            "bench page",
            "bench pipeline",
            "bench recovery",
            "bench scale",
            "bench snapshot",
            "bench state",
            "completion",
            "config check",
            "config show",
            "demo",
            "dev",
            "dlq list",
            "dlq show",
            "doctor",
            "event types",
            "help",
            "infra",
            "loggers list",
            "run",
            "sinks list",
            "status",
            "top",
            "topics describe",
            "topics read",
            "webhooks list",
            "webhooks listen",
            "webhooks test");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void wrongUsageExitsTwoAndSaysHowToGetHelp() {
        assertThat(execute()).isEqualTo(2);
        assertThat(execute("rum")).isEqualTo(2);
        assertThat(err.toString()).containsPattern("Did you mean: .*waltally run.*\\?");
        assertThat(execute("run", "--roles", "capture,sing")).isEqualTo(2);
        assertThat(err.toString())
                .contains("no role \"sing\": roles are capture, streams, sinks, webhooks")
                .contains("'waltally run --help' shows what there is.");
        assertThat(execute("run", "--http-port", "web")).isEqualTo(2);
        assertThat(execute("demo", "--seed", "abc")).isEqualTo(2);
        assertThat(execute("demo", "--rate", "fast")).isEqualTo(2);
        assertThat(err.toString())
                .contains("'--http-port': \"web\": must be a whole number")
                .contains("'--seed': \"abc\": must be a whole number")
                .contains("'--rate': \"fast\": must be a number");
        assertThat(execute("migrate", "--source", "s4")).isEqualTo(2);
        assertThat(err.toString()).contains("\"s4\": must be s3, sync or all");
        assertThat(execute("demo", "--duration", "long")).isEqualTo(2);
        assertThat(execute("demo", "--duration", "0s")).isEqualTo(2);
        assertThat(execute("demo", "--rate", "-1")).isEqualTo(2);
        assertThat(execute("infra", "--pg-port", "65536")).isEqualTo(2);
        assertThat(execute("dev", "--registry-port", "-1")).isEqualTo(2);
        assertThat(execute("dev", "--http-port", "99999")).isEqualTo(2);
        assertThat(execute("infra", "--pg-port", "5432", "--kafka-port", "5432"))
                .isEqualTo(2);
        assertThat(err.toString())
                .contains("waltally: --pg-port is 65536: must be from 0, which is any free one, to 65535")
                .contains("waltally: --registry-port is -1: must be from 0")
                .contains("waltally: --pg-port and --kafka-port are both 5432: must differ");
        assertThat(execute("topics", "destroy")).isEqualTo(2);
        assertThat(execute("topics", "read")).isEqualTo(2);
        assertThat(execute("topics", "read", "agg.backend-quotas", "--since", "yesterday"))
                .isEqualTo(2);
        assertThat(execute("topics", "read", "agg.backend-quotas", "--since", "999999h"))
                .isEqualTo(2);
        assertThat(err.toString())
                .contains("must be a time such as 2026-11-22T12:00:00Z, or a duration of at most 36500d");
        assertThat(execute("webhooks", "add", "crm", "https://crm.example/hook", "--begin", "yesterday"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("--begin \"yesterday\": must be a time such as", "or earliest");
        assertThat(execute("topics", "read", "agg.backend-quotas", "--limit", "0"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("waltally: --limit is 0: must be at least 1");
        assertThat(execute("resume", "s3\u001b[2J\u202e\nx")).isEqualTo(2);
        assertThat(execute("snapshot", "\u202e\nx")).isEqualTo(2);
        assertThat(err.toString())
                .contains("no source \"s3 [2J x\" (there are s3, sync)")
                .contains("\" x\" is not SOURCE.TABLE");
        assertThat(execute("bench")).isEqualTo(2);
        assertThat(execute("bench", "capture", "--rows", "0")).isEqualTo(2);
        assertThat(execute("bench", "capture", "--rows-per-transaction", "0")).isEqualTo(2);
        assertThat(execute("bench", "capture", "--rounds", "1")).isEqualTo(2);
        assertThat(err.toString())
                .contains("waltally: --rounds is 1: must be at least 2")
                .contains("'waltally bench capture --help' shows what there is.");
        assertThat(execute("bench", "pipeline", "--rows", "0")).isEqualTo(2);
        assertThat(execute("bench", "pipeline", "--source", "s4")).isEqualTo(2);
        assertThat(execute("bench", "capture", "--debezium-server", "nowhere")).isEqualTo(2);
        assertThat(err.toString()).contains("nowhere: must be the directory of an unpacked debezium-server-dist");
        assertThat(execute("bench", "latency", "--rate", "0")).isEqualTo(2);
        assertThat(execute("bench", "scale", "--threads", "1,0")).isEqualTo(2);
        assertThat(execute("bench", "scale", "--instances", "two")).isEqualTo(2);
        assertThat(execute("bench", "state", "--existing", "-5")).isEqualTo(2);
        assertThat(err.toString()).contains("waltally: --rate is 0: must be at least 1");
        assertThat(execute("bench", "latency", "--duration", "0s")).isEqualTo(2);
        assertThat(execute("bench", "latency", "--warm-up", "soon")).isEqualTo(2);
        assertThat(execute("bench", "page", "--clients", "101")).isEqualTo(2);
        assertThat(err.toString()).contains("waltally: --clients is 101: must be at most 100");
        assertThat(execute("status", "--xml")).isEqualTo(2);
        assertThat(execute("status", "--log-format", "xml")).isEqualTo(2);
        assertThat(execute("dlq")).isEqualTo(2);
        assertThat(err.toString()).contains("waltally: what to do is missing: list, show, replay or drop");
        assertThat(execute("dlq", "replay")).isEqualTo(2);
        assertThat(execute("dlq", "list", "--stage", "sink")).isEqualTo(2);
        assertThat(execute("dlq", "list", "--since", "yesterday")).isEqualTo(2);
        assertThat(err.toString())
                .contains(
                        "\"yesterday\": must be a time such as 2026-11-22T12:00:00Z, or a duration such as 20ms, 5s, 10m, 2h or 7d");
        assertThat(execute("sinks")).isEqualTo(2);
        assertThat(err.toString()).contains("waltally: what to do is missing: list, pause or resume");
        assertThat(execute("sinks", "pause")).isEqualTo(2);
        assertThat(execute("sinks", "pause", "quotas", "--reset")).isEqualTo(2);
        assertThat(execute("sinks", "resume")).isEqualTo(2);
        assertThat(execute("webhooks")).isEqualTo(2);
        assertThat(err.toString())
                .contains("waltally: what to do is missing: list, add, change, pause, resume, remove");
        assertThat(execute("config")).isEqualTo(2);
        assertThat(err.toString()).contains("waltally: what to do is missing: check or show");
        assertThat(execute("webhooks", "test")).isEqualTo(2);
        assertThat(execute("webhooks", "test", "--secret", "hunter2", "http://127.0.0.1:1"))
                .isEqualTo(2);
        assertThat(execute("webhooks", "test", "nowhere")).isEqualTo(2);
        assertThat(execute("webhooks", "test", "--type", "backend.remove", "http://127.0.0.1:1"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("did you mean backend.removed?");
        assertThat(execute("webhooks", "add", "crm")).isEqualTo(2);
        assertThat(execute("webhooks", "change", "crm")).isEqualTo(2);
        assertThat(execute("event", "types", "backend.remove")).isEqualTo(2);
        assertThat(execute("webhooks", "listen", "--port", "web")).isEqualTo(2);
        assertThat(execute("webhooks", "listen", "--port", "65536")).isEqualTo(2);
        assertThat(execute("webhooks", "listen", "--status", "99")).isEqualTo(2);
        assertThat(execute("webhooks", "listen", "--delay", "soon")).isEqualTo(2);
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void anOptionThatHasNoEffectWithoutAnotherIsRefused() {
        assertThat(execute("dlq", "replay", "--stage", "streams", "--timeout", "5s"))
                .isEqualTo(2);
        assertThat(execute("resume", "s3", "--force")).isEqualTo(2);
        assertThat(execute("bench", "capture", "--debezium-server-java", "/jdk"))
                .isEqualTo(2);
        assertThat(err.toString())
                .contains("waltally: --timeout has no effect without --wait: give both or neither")
                .contains("waltally: --force has no effect without --new-epoch: give both or neither")
                .contains("waltally: --debezium-server-java has no effect without --debezium-server: give both");
    }

    @Test
    void aSettingThatIsGivenTwiceIsRefused() {
        String url = "https://crm.example/hook";
        assertThat(execute("webhooks", "add", "crm", url, "--set", "url=https://other.example/"))
                .isEqualTo(2);
        assertThat(execute("webhooks", "add", "crm", url, "--events", "s3:*", "--set", "events=*"))
                .isEqualTo(2);
        assertThat(execute("webhooks", "add", "crm", url, "--set", "timeout=1s", "--set", "timeout=2s"))
                .isEqualTo(2);
        assertThat(execute("webhooks", "change", "crm", "--set", "timeout=1s", "--unset", "timeout"))
                .isEqualTo(2);
        assertThat(err.toString())
                .contains("waltally: url is given twice, by --set too: give it once")
                .contains("waltally: events is given twice, by --set too: give it once")
                .contains("waltally: --set gives a setting twice: give it once")
                .contains("waltally: timeout is set and unset: give it a value, or its default back");
    }

    @Test
    void messagesShowTheWordsOfAChoiceAsTheyAreTyped() {
        List<List<String>> choices = choices(Main.commandLine(new StopSignal()));
        assertThat(choices)
                .contains(
                        List.of("dlq", "list", "--state"),
                        List.of("dlq", "replay", "--stage"),
                        List.of("dlq", "drop", "--stage"),
                        List.of("status", "--log-format"),
                        List.of("completion"));
        for (List<String> choice : choices) {
            err.getBuffer().setLength(0);
            String[] line =
                    Stream.concat(choice.stream(), Stream.of("nonsense")).toArray(String[]::new);
            assertThat(execute(line)).as("%s", choice).isEqualTo(2);
            String message = err.toString().lines().findFirst().orElseThrow();
            assertThat(message.substring(message.indexOf("\"nonsense\"")))
                    .as(message)
                    .doesNotContain("expected one of", "case-sensitive")
                    .doesNotContainPattern("[A-Z]");
        }
        err.getBuffer().setLength(0);
        assertThat(execute("dlq", "list", "--stage", "Sink")).isEqualTo(2);
        assertThat(execute("dlq", "replay", "--stage", "sink")).isEqualTo(2);
        assertThat(execute("dlq", "list", "--state", "opn")).isEqualTo(2);
        assertThat(err.toString())
                .contains("\"Sink\": must be capture, streams, webhooks or sinks; did you mean sinks?")
                .contains("\"sink\": must be streams, webhooks or sinks; did you mean sinks?")
                .contains("\"opn\": must be open, replayed, dropped or all; did you mean open?");
    }

    /** Commands with an option, or their parameter, that takes a word of a fixed choice. */
    private static List<List<String>> choices(CommandLine command) {
        List<String> path = List.of(command.getCommandSpec()
                .qualifiedName()
                .replaceFirst("^waltally ?", "")
                .split(" "));
        Stream<List<String>> own = command.getCommandSpec().args().stream()
                .filter(argument -> argument.auxiliaryTypes()[argument.auxiliaryTypes().length - 1].isEnum())
                .map(argument -> argument instanceof OptionSpec option
                        ? Stream.concat(path.stream(), Stream.of(option.longestName()))
                                .toList()
                        : path);
        return Stream.concat(
                        command.getSubcommands().isEmpty() ? own : Stream.empty(),
                        command.getSubcommands().values().stream().flatMap(part -> choices(part).stream()))
                .toList();
    }

    @Test
    void aSampleIsSignedAndShownWithItsAnswer(@TempDir Path directory) throws IOException {
        SigningSecret secret = SigningSecret.generate();
        List<ReceivedWebhook> received = new CopyOnWriteArrayList<>();
        AtomicInteger status = new AtomicInteger(204);
        try (WebhookReceiver receiver = new WebhookReceiver(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                List.of(secret),
                Clock.systemUTC(),
                request -> {
                    received.add(request);
                    return status.get();
                })) {
            String url = receiver.url().toString();
            assertThat(execute("webhooks", "test", "--secret", secret.reveal(), url))
                    .isZero();
            assertThat(received).hasSize(1);
            assertThat(received.get(0).rejectionReason()).isEmpty();
            assertThat(out.toString())
                    .contains(
                            "> POST to http://127.0.0.1:",
                            "> webhook-id: " + received.get(0).id())
                    .contains("> " + received.get(0).body(), "< HTTP 204")
                    .doesNotContain(secret.reveal());
            assertThat(execute(
                            "webhooks",
                            "test",
                            "--type",
                            "cleanup.exhausted",
                            "--subject",
                            "photos/b",
                            "--secret",
                            secret.reveal(),
                            url))
                    .isZero();
            assertThat(received.get(1).body())
                    .contains("\"type\":\"cleanup.exhausted\"", "\"object_key\":\"photos/b\"", "\"sample\":true");
            // An endpoint that takes batches gets a batch.
            Path file = Files.writeString(directory.resolve("waltally.yml"), """
                    webhooks: {endpoints: [{name: crm, url: "%s", secrets: ["%s"], allow-http: true, allow-private: true,
                      batch-size: 10}]}
                    """.formatted(url, secret.reveal()));
            assertThat(execute("webhooks", "test", "crm", "-c", file.toString()))
                    .isZero();
            assertThat(received.get(2).rejectionReason()).isEmpty();
            assertThat(received.get(2).events()).hasSize(1);
            assertThat(received.get(2).events().get(0))
                    .contains("\"id\":\"" + received.get(2).id() + "\"", "\"sample\":true");
            assertThat(out.toString()).contains("> Content-Type: application/cloudevents-batch+json", "> [{");
            // Signed with a secret that the receiver does not know.
            assertThat(execute("webhooks", "test", url)).isEqualTo(1);
            assertThat(out.toString()).contains("signed with whsec_", "< HTTP 401");
            assertThat(err.toString()).contains("the endpoint rejected the event: HTTP 401");
            assertThat(execute("webhooks", "test", "http://127.0.0.1:1/")).isEqualTo(1);
            assertThat(err.toString()).contains("the event was not delivered: no connection");
            status.set(503);
            assertThat(execute("webhooks", "test", "--secret", secret.reveal(), url))
                    .isEqualTo(1);
            String taken = Integer.toString(receiver.url().getPort());
            assertThat(execute("webhooks", "listen", "--port", taken)).isEqualTo(1);
            assertThat(err.toString()).contains("cannot listen at 127.0.0.1:" + taken, "choose another --port");
            // Before servers are started.
            assertThat(execute("dev", "--http-port", taken)).isEqualTo(1);
            assertThat(err.toString())
                    .contains(
                            "waltally: port " + taken + " of 127.0.0.1 is in use; stop what listens there, or choose");
        }
    }

    @Test
    void aMistakeInTheConfigurationExitsTwo(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("waltally.yml"), "http: {prt: 1}\n");
        for (String command : new String[] {"run", "migrate", "status", "doctor", "topics"}) {
            assertThat(execute(command, "-c", file.toString())).isEqualTo(2);
        }
        assertThat(err.toString()).contains("http.prt is not a known key; did you mean http.port?");
    }

    @Test
    void allMistakesInTheConfigurationAreReported(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("waltally.yml"), "http:\n  prt: 1\n  port: web\n");
        assertThat(execute("config", "check", "-c", file.toString())).isEqualTo(2);
        assertThat(execute("config", "show", "-c", file.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("""
                waltally: %s: 2 errors
                  line 2: http.prt is not a known key; did you mean http.port?
                  line 3: http.port is "web": must be a whole number
                """.formatted(file));
        assertThat(out.toString()).isEmpty();
        Files.writeString(file, "http:\n  port: 1\n");
        assertThat(execute("config", "check", "-c", file.toString())).isZero();
        assertThat(out.toString()).isEqualTo(file + " is valid\n");
    }

    @Test
    void theConfigurationInEffectIsShownWithItsOrigins(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("waltally.yml"), """
                sources: {s3: {password: hidden}}
                http: {port: 1}
                """);
        assertThat(execute("config", "show", "-c", file.toString())).isZero();
        assertThat(out.toString())
                .containsPattern("http\\.port +1 +.*waltally\\.yml:2")
                .containsPattern("http\\.host +127\\.0\\.0\\.1 +default")
                .containsPattern("http\\.advertised +- +default")
                .containsPattern("sources\\.s3\\.password +\\*\\*\\* +.*waltally\\.yml:1");
        assertThat(execute("config", "show", "--json", "-c", file.toString())).isZero();
        assertThat(out.toString())
                .contains("\"key\" : \"http.port\"", "\"value\" : \"1\"", "\"location\" : \"" + file + ":2\"")
                .doesNotContain("hidden");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-c FILE dlq list",
                "--config=FILE dlq list",
                "-v --log-format text -c FILE dlq list",
                "-vc FILE dlq list",
                "dlq -c FILE list",
                "-c nowhere.yml dlq list -c FILE",
                "-c FILE topics",
                "topics -c FILE describe",
                "-c FILE config check"
            })
    void optionsOfEveryCommandMayStandBeforeIt(String line, @TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("other.yml"), "kafka: {port: 1}\nhttp: {prt: 1}\n");
        assertThat(execute(line.replace("FILE", file.toString()).split(" "))).isEqualTo(2);
        assertThat(err.toString()).contains(file.toString(), "http.prt").doesNotContain("Unknown option", "nowhere");
    }

    @Test
    void helpOfEveryLevelListsTheCommonOptions() {
        for (String command : new String[] {"", "dlq ", "dlq list "}) {
            assertThat(execute((command + "--help").split(" "))).isZero();
            assertThat(out.toString()).contains("--config", "--verbose", "--log-format");
            out.getBuffer().setLength(0);
        }
    }

    @Test
    void everyCommandIsKnownToChangeSomethingOrNot() {
        Set<String> known = new TreeSet<>(OTHERS);
        CHANGING.keySet()
                .forEach(line ->
                        known.add(name(Main.commandLine(new StopSignal()).parseArgs(line.split(" ")))));
        assertThat(names(Main.commandLine(new StopSignal()))).isEqualTo(known);
    }

    private static String name(ParseResult parsed) {
        List<CommandLine> path = parsed.asCommandLineList();
        return path.get(path.size() - 1).getCommandSpec().qualifiedName().replaceFirst("^waltally ", "");
    }

    /** Those without subcommands. */
    private static Set<String> names(CommandLine command) {
        if (command.getSubcommands().isEmpty()) {
            return Set.of(command.getCommandSpec().qualifiedName().replaceFirst("^waltally ", ""));
        }
        return command.getSubcommands().values().stream()
                .flatMap(part -> names(part).stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    static Stream<String> changingCommands() {
        return CHANGING.keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("changingCommands")
    void aCommandThatChangesSomethingBeginsWithTheSystemsThatItActsOn(String line, @TempDir Path directory)
            throws IOException {
        Path file = Files.writeString(directory.resolve("waltally.yml"), """
                sources: {s3: {url: "jdbc:postgresql://127.0.0.1:1/nothing?sslmode=disable"}}
                kafka: {bootstrap.servers: "127.0.0.1:2", default.api.timeout.ms: 50, request.timeout.ms: 50}
                registry: {url: "http://127.0.0.1:3/"}
                http: {port: 4}
                sinks: [{name: quotas, type: backend-quotas}]
                """);
        CommandLine command = Main.commandLine(new StopSignal());
        command.setErr(new PrintWriter(err, true) {
            @Override
            public void println(String text) {
                boolean first = err.getBuffer().isEmpty();
                super.println(text);
                if (first) {
                    // The command ends here: servers that are not there would be waited for.
                    throw new IllegalStateException("the first line is enough");
                }
            }
        });
        assertThat(command.execute((line + " -c " + file).split(" "))).isEqualTo(1);
        assertThat(err.toString().lines().findFirst())
                .contains("acting on " + String.join(" and ", CHANGING.get(line)));
    }

    @Test
    void aSourceThatIsOffIsWrongUsage(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("waltally.yml"), "sources: {s3: {}}\n");
        assertThat(execute("migrate", "--source", "sync", "-c", file.toString()))
                .isEqualTo(2);
        assertThat(execute("resume", "sync", "-c", file.toString())).isEqualTo(2);
        assertThat(execute("snapshot", "sync.bsos", "-c", file.toString())).isEqualTo(2);
        assertThat(err.toString()
                        .lines()
                        .filter("waltally: source sync is off: the configuration gives sources without it"::equals))
                .hasSize(3);
    }

    @Test
    void sinksAreKnownByTheConfiguration(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("waltally.yml"), """
                http: {port: 1}
                kafka: {bootstrap.servers: "127.0.0.1:1"}
                sinks:
                  - {name: quotas, type: backend-quotas, password: hidden}
                  - {name: collections, type: user-collections, mode: "off"}
                """);
        for (String action : new String[] {"pause", "resume"}) {
            assertThat(execute("sinks", action, "quota", "-c", file.toString())).isEqualTo(2);
            assertThat(execute("sinks", action, "lake", "-c", file.toString())).isEqualTo(2);
            assertThat(execute("sinks", action, "collections", "-c", file.toString()))
                    .isEqualTo(2);
        }
        assertThat(err.toString())
                .contains("there is no sink \"quota\"; did you mean quotas?")
                .contains("there is no sink \"lake\"; there are quotas, collections")
                .contains("sink collections is off (mode), so it does not run");
        assertThat(execute("sinks", "list", "-c", file.toString())).isZero();
        assertThat(out.toString())
                .containsPattern("quotas +backend-quotas +unknown .* 127\\.0\\.0\\.1:15432/s3_orchestrator")
                .containsPattern("collections +user-collections +off")
                .contains("2 sinks", "no instance at http://127.0.0.1:1 runs sinks; 'waltally run' starts one")
                .doesNotContain("hidden");
    }

    @Test
    void unreachableServerExitsOneAndNamesItsSetting(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("waltally.yml"), """
                sources: {s3: {url: "jdbc:postgresql://127.0.0.1:1/nothing"}}
                """);
        assertThat(execute("migrate", "-c", file.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("127.0.0.1:1").contains("sources.s3.url");
    }

    @Test
    void captureDeadLettersAreNotReplayed() {
        assertThat(execute("dlq", "replay", "--stage", "capture")).isEqualTo(2);
        assertThat(err.toString()).contains("'waltally snapshot SOURCE.TABLE --from KEY --to KEY'");
    }

    @Test
    void everyCommandExplainsItself() {
        for (String command : new String[] {"demo", "infra", "migrate", "run", "dev", "status", "doctor", "topics"}) {
            assertThat(execute(command, "--help")).isZero();
            assertThat(out.toString()).contains("Usage: waltally " + command).contains("--config");
        }
        assertThat(execute("bench", "--help")).isZero();
        for (String action : new String[] {"create", "describe", "alter", "read"}) {
            assertThat(execute("topics", action, "--help")).isZero();
            assertThat(out.toString()).contains("Usage: waltally topics " + action);
        }
        assertThat(execute("dlq", "--help")).isZero();
        assertThat(execute("dlq", "list", "--help")).isZero();
        assertThat(execute("dlq", "replay", "--help")).isZero();
        assertThat(execute("sinks", "--help")).isZero();
        assertThat(execute("sinks", "list", "--help")).isZero();
        assertThat(execute("sinks", "pause", "--help")).isZero();
        assertThat(execute("sinks", "resume", "--help")).isZero();
        assertThat(execute("webhooks", "--help")).isZero();
        assertThat(execute("webhooks", "test", "--help")).isZero();
        assertThat(execute("webhooks", "listen", "--help")).isZero();
        assertThat(execute("bench", "capture", "--help")).isZero();
        assertThat(execute("bench", "pipeline", "--help")).isZero();
        assertThat(execute("bench", "latency", "--help")).isZero();
        assertThat(execute("--help")).isZero();
        assertThat(execute("--version")).isZero();
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void helpExplainsACommandAndItsParts() {
        assertThat(execute("help")).isZero();
        assertThat(out.toString()).contains("Usage: waltally ", "COMMAND").contains("demo", "completion");
        assertThat(execute("help", "bench", "latency")).isZero();
        assertThat(out.toString()).contains("Usage: waltally bench latency", "--warm-up");
        assertThat(execute("help", "bench", "speed")).isEqualTo(2);
        assertThat(err.toString()).contains("'waltally bench' has no command \"speed\"; there are capture, pipeline");
        assertThat(execute("completion")).isEqualTo(2);
        assertThat(execute("help", "dlq", "replai")).isEqualTo(2);
        assertThat(err.toString()).contains("'waltally dlq' has no command \"replai\"; did you mean replay?");
        assertThat(execute("completion", "tcsh")).isEqualTo(2);
        assertThat(err.toString()).contains("must be bash, zsh or fish").doesNotContain("fish; did you mean");
    }

    @Test
    void everyCommandTakesNoColour() {
        assertThat(execute("--no-color", "--version")).isZero();
        assertThat(execute("run", "--no-color", "--help")).isZero();
        assertThat(execute("bench", "latency", "--no-color", "--help")).isZero();
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void colourIsOffByOptionAndByTheEnvironment() {
        assertThat(ansi(false)).isEqualTo(CommandLine.Help.Ansi.AUTO);
        assertThat(ansi(true)).isEqualTo(CommandLine.Help.Ansi.OFF);
        assertThat(ansi(false, "demo", "--no-color")).isEqualTo(CommandLine.Help.Ansi.OFF);
    }

    private static CommandLine.Help.Ansi ansi(boolean refused, String... args) {
        CommandLine line = Main.commandLine(new StopSignal());
        Colours.choose(line, args, refused);
        return line.getSubcommands().get("demo").getColorScheme().ansi();
    }

    private int execute(String... args) {
        CommandLine line = Main.commandLine(new StopSignal());
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        return line.execute(args);
    }
}
