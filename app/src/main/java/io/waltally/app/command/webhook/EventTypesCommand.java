package io.waltally.app.command.webhook;

import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.tally.Json;
import io.waltally.schemas.event.EventType;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows types of notifications. */
@Command(
        name = "types",
        header = "List the types of notifications, or print the JSON Schema of one.",
        description = {"The schema is that of the whole CloudEvent. 'webhooks test --type' sends a sample.", ""})
final class EventTypesCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Parameters(paramLabel = "TYPE", arity = "0..1", description = "Type whose JSON Schema is printed.")
    private String type;

    @Override
    public Integer call() {
        common.applyVerbosity();
        PrintWriter out = spec.commandLine().getOut();
        if (type == null) {
            EventType.all()
                    .forEach(each -> out.println(
                            String.format(Locale.ROOT, "%-40s  %s", each.type().id(), each.description())));
        } else {
            out.println(Json.pretty(EventTypeNames.require(spec, type).schema()));
        }
        out.flush();
        return 0;
    }
}
