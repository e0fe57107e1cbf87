package io.waltally.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.run.StopSignal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** Checks that every command line in documents, files of deploy and messages is one that waltally accepts. */
class DocumentedCommandsTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private static final Pattern BLOCK_LINE = Pattern.compile("(?m)^(?: {4,}|\\t)(.*)$");
    private static final Pattern FENCED = Pattern.compile("(?ms)^\\s*```[a-z]*\\n(.*?)^\\s*```");
    private static final Pattern SPAN = Pattern.compile("(?<!`)`([^`\\n]+(?:\\n[^`\\n]+)?)`");
    private static final Pattern SYNOPSIS = Pattern.compile("(?m)^\\| `([a-z][^`]*)` \\|");
    private static final Pattern SEPARATOR = Pattern.compile("\\s*(?:&&|\\|\\||[;|(])\\s*");
    private static final Pattern INVOCATION =
            Pattern.compile("(?:[A-Z_]+=\\S+ +|exec +)*(?:[\\w./-]*/)?waltally +([a-z].*)");
    private static final Pattern WORD = Pattern.compile("'([^']*)'|\"([^\"]*)\"|(\\S+)");
    private static final Pattern LIST = Pattern.compile("(?:command|args): \\[(\"([a-z]+)\"(?:, *\"[^\"]*\")*)]");
    private static final Pattern EXEC_START = Pattern.compile("(?m)^ExecStart=(.*)$");

    /** What documents write for values, and a value of each kind. */
    private static final Map<String, String> PLACEHOLDERS = Map.ofEntries(
            Map.entry("SOURCE.TABLE", "s3.object_locations"),
            Map.entry("SOURCE", "s3"),
            Map.entry("DURATION", "2s"),
            Map.entry("N", "1"),
            Map.entry("TIME", "2h"),
            Map.entry("URL", "https://hooks.example.com/x"),
            Map.entry("KEY=VALUE", "timeout=2s"),
            Map.entry("STAGE", "streams"),
            Map.entry("LEVEL", "DEBUG"),
            Map.entry("SECRET", "whsec_" + "A".repeat(32)),
            Map.entry("SHELL", "bash"));

    private final CommandLine commands = Main.commandLine(new StopSignal());
    private final List<String> wrong = new ArrayList<>();

    @Test
    void everyCommandLineOfTheDocumentsIsOne() throws IOException {
        int found = 0;
        for (Path document : files("", "md")) {
            if (document.endsWith("CHANGELOG.md")) {
                continue;
            }
            String text = Files.readString(document);
            for (String line : blockLines(text)) {
                found += check(document, line, true);
            }
            Matcher span = SPAN.matcher(text.replaceAll("(?ms)^\\s*```.*?^\\s*```", ""));
            while (span.find()) {
                found += check(document, span.group(1).replace('\n', ' '), false);
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(found).isGreaterThan(100);
    }

    private static List<String> blockLines(String text) {
        String joined = text.replaceAll(" *\\\\\\n\\s*", " ");
        List<String> lines = new ArrayList<>();
        Matcher line = BLOCK_LINE.matcher(joined);
        while (line.find()) {
            lines.add(line.group(1));
        }
        Matcher fenced = FENCED.matcher(joined);
        while (fenced.find()) {
            lines.addAll(fenced.group(1).lines().toList());
        }
        return lines;
    }

    @Test
    void everySynopsisOfTheCommandLineIsOne() throws IOException {
        Path document = ROOT.resolve("docs/cli.md");
        Matcher synopsis = SYNOPSIS.matcher(Files.readString(document));
        int found = 0;
        while (synopsis.find()) {
            found += check(document, "waltally " + synopsis.group(1).replace("\\|", "|"), true);
        }
        assertThat(wrong).isEmpty();
        assertThat(found).isGreaterThan(30);
    }

    /** Those that take a token. */
    @Test
    void commandsThatAskAnInstanceAreListed() throws IOException {
        List<String> asking = commands.getSubcommands().entrySet().stream()
                .filter(command -> takesToken(command.getValue()))
                .map(Map.Entry::getKey)
                .toList();
        assertThat(asking).contains("status", "sinks");
        Matcher listed = Pattern.compile("Commands that ask a running instance \\(([^)]*)\\)")
                .matcher(Files.readString(ROOT.resolve("docs/cli.md")));
        assertThat(listed.find()).isTrue();
        assertThat(List.of(listed.group(1).replace("`", "").split(", "))).containsExactlyInAnyOrderElementsOf(asking);
    }

    private static boolean takesToken(CommandLine command) {
        return command.getCommandSpec().findOption("--token-file") != null
                || command.getSubcommands().values().stream().anyMatch(DocumentedCommandsTest::takesToken);
    }

    @Test
    void everyFileOfADeploymentRunsACommand() throws IOException {
        List<Path> files = new ArrayList<>(files("deploy", "yaml"));
        files.add(ROOT.resolve("docker-compose.yml"));
        int found = 0;
        for (Path file : files) {
            Matcher list = LIST.matcher(Files.readString(file));
            while (list.find()) {
                // Other images have commands of theirs.
                if (commands.getSubcommands().containsKey(list.group(2))) {
                    found += check(
                            file,
                            "waltally " + list.group(1).replace("\", \"", " ").replace("\"", ""),
                            true);
                }
            }
        }
        Path unit = ROOT.resolve("deploy/systemd/waltally.service");
        Matcher start = EXEC_START.matcher(Files.readString(unit));
        while (start.find()) {
            found += check(unit, start.group(1), true);
        }
        assertThat(wrong).isEmpty();
        assertThat(found).isGreaterThanOrEqualTo(3);
    }

    /** In messages the words around a command are no parameters of it: its options are compared. */
    @Test
    void everyOptionThatAMessageNamesBelongsToItsCommand() throws IOException {
        Pattern mentioned = Pattern.compile("waltally ([a-z]+)(?: ([a-z]+))?([^,.;:)`\"]*)");
        Pattern option = Pattern.compile("--[a-z][a-z-]*");
        int found = 0;
        for (Path source : files("", "java")) {
            if (!source.toString().contains("src/main/java")) {
                continue;
            }
            String text = Files.readString(source)
                    .replaceAll("\"\\s*\\+\\s*\"", "")
                    .replaceAll("\"\\s*\\+[^\"+;]*\\+\\s*\"", "VALUE");
            Matcher message = mentioned.matcher(text);
            while (message.find()) {
                CommandLine command = commands.getSubcommands().get(message.group(1));
                if (command == null) {
                    continue;
                }
                CommandLine part = message.group(2) == null
                        ? null
                        : command.getSubcommands().get(message.group(2));
                Matcher options = option.matcher(message.group());
                while (options.find()) {
                    found++;
                    if ((part == null ? command : part).getCommandSpec().findOption(options.group()) == null) {
                        wrong.add(ROOT.relativize(source) + ": " + message.group());
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(found).isGreaterThan(10);
    }

    /** @return number of command lines */
    private int check(Path document, String text, boolean whole) {
        int found = 0;
        String line = text.replaceAll("(^|\\s)#.*$", "");
        for (String part : alternativesOf(line)) {
            Matcher invocation = INVOCATION.matcher(part.strip());
            if (invocation.matches()) {
                found++;
                problem(arguments(invocation.group(1)), whole)
                        .ifPresent(problem ->
                                wrong.add(ROOT.relativize(document) + ": " + part.strip() + " (" + problem + ")"));
            }
        }
        return found;
    }

    /** The commands of a shell's line; "a|b" without spaces is a choice in a synopsis, not a pipe. */
    private static List<String> alternativesOf(String line) {
        return List.of(SEPARATOR.split(line.replaceAll("(?<=[\\w-])\\|[\\w-]+", "")));
    }

    private static List<String> arguments(String line) {
        List<String> arguments = new ArrayList<>();
        Matcher word = WORD.matcher(line.replaceAll("\\[|]", " ").replaceAll("(--\\w+) +=", "$1="));
        while (word.find()) {
            String quoted = word.group(1) == null ? word.group(2) : word.group(1);
            String bare = word.group(3) == null ? "" : word.group(3).replaceAll(",?(\\.\\.\\.|…)$|[)>]+$", "");
            if (quoted != null) {
                arguments.add(quoted);
            } else if (bare.startsWith("--") && bare.contains("=")) {
                String[] option = bare.split("=", 2);
                arguments.add(option[0] + "=" + PLACEHOLDERS.getOrDefault(option[1], option[1]));
            } else if (!bare.isEmpty() && !bare.equals("FILTERS")) {
                arguments.add(PLACEHOLDERS.getOrDefault(bare, bare));
            }
        }
        return arguments;
    }

    /** @param whole whether parameters that are required must be there; prose may leave them out */
    private Optional<String> problem(List<String> arguments, boolean whole) {
        try {
            commands.parseArgs(arguments.toArray(String[]::new));
            return Optional.empty();
        } catch (CommandLine.MissingParameterException e) {
            return whole ? Optional.of(e.getMessage()) : Optional.empty();
        } catch (CommandLine.ParameterException e) {
            return Optional.of(e.getMessage());
        }
    }

    private static List<Path> files(String directory, String extension) throws IOException {
        try (Stream<Path> files = Files.walk(ROOT.resolve(directory))) {
            return files.filter(file -> file.toString().endsWith("." + extension))
                    .filter(file -> !ROOT.relativize(file).toString().matches("(.*/)?(target|\\.git|test)/.*"))
                    .sorted()
                    .toList();
        }
    }
}
