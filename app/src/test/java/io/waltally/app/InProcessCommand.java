package io.waltally.app;

import io.waltally.app.run.StopSignal;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;

/**
 * A command that was run in this JVM.
 *
 * @param output what it has printed, on both streams
 */
public record InProcessCommand(int exitCode, String output) {
    public static InProcessCommand run(Path configuration, String... arguments) {
        StringWriter output = new StringWriter();
        StopSignal stop = new StopSignal();
        CommandLine line = Main.commandLine(stop);
        line.setOut(new PrintWriter(output, true));
        line.setErr(new PrintWriter(output, true));
        List<String> all = new ArrayList<>(List.of("-c", configuration.toString()));
        all.addAll(List.of(arguments));
        int exitCode = line.execute(all.toArray(String[]::new));
        // Else the end of this JVM would wait for the command, and halt.
        stop.finished(exitCode);
        return new InProcessCommand(exitCode, output.toString());
    }
}
