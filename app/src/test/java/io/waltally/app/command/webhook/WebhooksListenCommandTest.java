package io.waltally.app.command.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.command.WaltallyCommand;
import io.waltally.app.run.StopSignal;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class WebhooksListenCommandTest {
    /** As {@code grep -m1 listening} reads, which is gone then. */
    private static final class FirstLines extends Writer {
        private final StringBuilder text = new StringBuilder();
        private final CompletableFuture<String> url = new CompletableFuture<>();

        @Override
        public void write(char[] characters, int offset, int length) throws IOException {
            if (url.isDone()) {
                throw new IOException("broken pipe");
            }
            text.append(characters, offset, length);
        }

        @Override
        public void flush() {
            text.toString()
                    .lines()
                    .filter(line -> line.startsWith("listening at "))
                    .findFirst()
                    .ifPresent(line -> url.complete(line.substring("listening at ".length())));
        }

        @Override
        public void close() {}
    }

    @Test
    void listeningEndsOnceNobodyReadsWhatArrives() throws Exception {
        StopSignal stop = new StopSignal();
        FirstLines out = new FirstLines();
        CommandLine line = WaltallyCommand.withSubcommands(WebhooksCommand.withSides(stop));
        line.setOut(new PrintWriter(out));
        try {
            CompletableFuture<Integer> ended =
                    CompletableFuture.supplyAsync(() -> line.execute("webhooks", "listen", "--port", "0"));
            HttpRequest request = HttpRequest.newBuilder(URI.create(out.url.get(30, TimeUnit.SECONDS)))
                    .POST(HttpRequest.BodyPublishers.ofString("{}"))
                    .build();
            // It may end before it has answered.
            var unused = HttpClient.newHttpClient().sendAsync(request, HttpResponse.BodyHandlers.discarding());
            assertThat(ended.get(30, TimeUnit.SECONDS)).isZero();
        } finally {
            stop.request();
            stop.finished(0);
        }
    }
}
