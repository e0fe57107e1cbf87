package io.waltally.app.local.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waltally.app.local.LocalServers;
import io.waltally.app.tally.Json;
import io.waltally.bench.BenchmarkEnvironment;
import io.waltally.embedded.Infrastructure;
import io.waltally.schemas.Source;
import java.io.PrintWriter;

/** Prints a result together with the machine and the versions. */
record BenchReport(PrintWriter out, boolean json) {
    /** @param text the form for a terminal */
    void print(Infrastructure servers, Source source, Object result, String text) {
        BenchmarkEnvironment environment = BenchmarkEnvironment.of(
                servers.jdbcUrl(LocalServers.database(source)),
                servers.postgres().user());
        if (json) {
            ObjectNode document = (ObjectNode) Json.tree(result);
            document.set("environment", Json.tree(environment));
            out.println(Json.pretty(document));
        } else {
            out.println(environment.text());
            out.println(text.stripTrailing());
        }
        out.flush();
    }
}
