package io.waltally.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.waltally.app.run.StopSignal;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CompletionTest {
    private static final Path BASH = Path.of("/bin/bash");
    private static final Path ZSH = Path.of("/usr/bin/zsh");
    private static final Path FISH = Path.of("/usr/bin/fish");

    @TempDir
    private Path directory;

    @Test
    void bashCompletesCommandsAndOptions() throws Exception {
        assumeThat(BASH).exists();
        String script = completion("bash");
        assertThat(bash(script, "complete -p waltally")).contains("-F _complete_waltally", "waltally");
        assertThat(words(script, "waltally ")).contains("run", "demo", "help", "completion", "bench");
        assertThat(words(script, "waltally bench ")).contains("capture", "latency");
        assertThat(words(script, "waltally run --ro")).containsExactly("--roles");
        assertThat(words(script, "waltally run --roles ")).contains("capture", "webhooks");
        assertThat(words(script, "waltally completion ")).contains("bash", "zsh", "fish");
        assertThat(words(script, "waltally dlq list --state ")).contains("open", "all");
        assertThat(words(script, "waltally dlq replay --stage "))
                .contains("streams", "webhooks", "sinks")
                .doesNotContain("capture");
        assertThat(words(script, "waltally status --log-format ")).contains("text", "json");
        assertThat(words(script, "waltally help "))
                .contains("run", "demo", "bench")
                .doesNotContain("capture");
        assertThat(words(script, "waltally help webh")).containsExactly("webhooks");
        assertThat(words(script, "waltally help bench lat")).containsExactly("latency");
    }

    @Test
    void zshUsesTheScriptOfBash() {
        assertThat(completion("zsh")).isEqualTo(completion("bash")).contains("bashcompinit");
    }

    @Test
    void fishCompletesEveryCommandAndOption() {
        List<String> lines = completion("fish").lines().toList();
        assertThat(lines)
                .contains(
                        "complete -c waltally -f",
                        "complete -c waltally -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'"
                                + " -d 'bash, zsh or fish.'")
                .anySatisfy(line -> assertThat(line)
                        .startsWith("complete -c waltally -n '__fish_seen_subcommand_from run' -s c -l config -rF"))
                .anySatisfy(line -> assertThat(line)
                        .startsWith("complete -c waltally -n '__fish_seen_subcommand_from bench; and"
                                + " __fish_seen_subcommand_from latency' -l rate -x"))
                .anySatisfy(line -> assertThat(line)
                        .startsWith("complete -c waltally -n '__fish_seen_subcommand_from bench; and not"
                                + " __fish_seen_subcommand_from capture pipeline")
                        .contains(" -a latency -d "))
                .allSatisfy(line -> assertThat(line).doesNotContain("${", "@|", "\u001b"));
        Main.commandLine(new StopSignal())
                .getSubcommands()
                .keySet()
                .forEach(command ->
                        assertThat(lines).anySatisfy(line -> assertThat(line).contains(" -a " + command + " -d '")));
    }

    @Test
    void zshLoadsTheScript() throws Exception {
        assumeThat(ZSH).exists();
        assertThat(run(
                        List.of(ZSH.toString(), "-f"),
                        "autoload -Uz compinit && compinit -u -D\n" + completion("zsh"),
                        "print -r -- $_comps[waltally]"))
                .contains("_bash_complete", "_complete_waltally")
                .doesNotContain("not found", "error");
    }

    @Test
    void fishOffersCommandsTheirOptionsAndValues() throws Exception {
        assumeThat(FISH).exists();
        assertThat(fish("waltally ")).contains("run", "demo", "help", "bench");
        assertThat(fish("waltally bench lat")).containsExactly("latency");
        assertThat(fish("waltally run --ro")).containsExactly("--roles");
        assertThat(fish("waltally completion ")).contains("bash", "zsh", "fish");
        assertThat(fish("waltally help webh")).containsExactly("webhooks");
        assertThat(fish("waltally help ")).contains("run").doesNotContain("latency");
        assertThat(fish("waltally help bench lat")).containsExactly("latency");
    }

    /** What fish offers at the end of that line, without the descriptions. */
    private List<String> fish(String line) throws Exception {
        return run(List.of(FISH.toString(), "--no-config"), completion("fish"), "complete -C '" + line + "'")
                .lines()
                .map(offer -> offer.split("\t", 2)[0])
                .toList();
    }

    private static String completion(String shell) {
        StringWriter out = new StringWriter();
        CommandLine line = Main.commandLine(new StopSignal());
        line.setOut(new PrintWriter(out, true));
        assertThat(line.execute("completion", shell)).isZero();
        return out.toString();
    }

    /** What bash offers at the end of that line. */
    private List<String> words(String script, String line) throws Exception {
        String last = line.substring(line.lastIndexOf(' ') + 1);
        String words = line.stripTrailing() + (last.isEmpty() ? " ''" : "");
        int position = line.split(" ").length - (last.isEmpty() ? 0 : 1);
        // compopt works while the shell completes only.
        return bash(
                        script,
                        "compopt() { :; }; COMP_WORDS=(" + words + "); COMP_CWORD=" + position + "; COMP_LINE='" + line
                                + "'; COMP_POINT=${#COMP_LINE}; _complete_waltally; printf '%s\\n' \"${COMPREPLY[@]}\"")
                .lines()
                .toList();
    }

    private String bash(String script, String then) throws Exception {
        return run(List.of(BASH.toString(), "--norc"), script, then);
    }

    private String run(List<String> shell, String script, String then) throws Exception {
        Path file = Files.writeString(directory.resolve("completion"), script + "\n" + then + "\n");
        List<String> command = new ArrayList<>(shell);
        command.add(file.toString());
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("HOME", directory.toString());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
