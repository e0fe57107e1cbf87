package io.waltally.app.command.webhook;

import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.DurationConverter;
import io.waltally.app.command.common.SecretConverter;
import io.waltally.app.config.Configuration;
import io.waltally.app.run.StopSignal;
import io.waltally.webhooks.receive.ReceivedWebhook;
import io.waltally.webhooks.receive.WebhookReceiver;
import io.waltally.webhooks.sign.SigningSecret;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs an endpoint that prints what it receives. */
@Command(
        name = "listen",
        header = "Receive webhooks until stopped: verify signatures and print requests.",
        description = {
            "Answers 204 to a valid signature, 401 to anything else. --status and --delay play an endpoint that fails"
                    + " or is slow: each request is shown, and answered as they say.",
            "An endpoint on this machine needs allow-http and allow-private in the configuration.",
            ""
        })
final class WebhooksListenCommand implements Callable<Integer> {
    private static final int LAST_PORT = 65_535;
    private static final int FIRST_STATUS = 200;
    private static final int LAST_STATUS = 599;
    private static final Duration A_WHILE = Duration.ofHours(1);

    private final StopSignal stop;

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "9090",
            description = "Listening port; 0 is any free one (default: ${DEFAULT-VALUE}).")
    private int port;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description = "Listening address (default: ${DEFAULT-VALUE}).")
    private String host;

    @Option(
            names = "--secret",
            paramLabel = "SECRET",
            converter = SecretConverter.class,
            description = "Accepted signing secret: whsec_ and Base64. May be repeated (default: those of all"
                    + " configured endpoints, or else a new one, which is shown).")
    private List<SigningSecret> secrets = List.of();

    @Option(
            names = "--status",
            paramLabel = "STATUS",
            defaultValue = "204",
            description = "HTTP status of the answer to a valid signature: 200 to 599 (default: ${DEFAULT-VALUE}).")
    private int status;

    @Option(
            names = "--delay",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description = "Wait before each answer, such as 2s (default: none).")
    private Duration delay = Duration.ZERO;

    WebhooksListenCommand(StopSignal stop) {
        this.stop = stop;
    }

    @Override
    public Integer call() {
        common.applyVerbosity();
        if (port < 0 || port > LAST_PORT) {
            throw new ParameterException(spec.commandLine(), "--port is " + port + ": must be from 0 to " + LAST_PORT);
        }
        if (status < FIRST_STATUS || status > LAST_STATUS) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--status is " + status + ": must be from " + FIRST_STATUS + " to " + LAST_STATUS);
        }
        Configuration configuration = common.configuration(Map.of());
        PrintWriter out = spec.commandLine().getOut();
        List<SigningSecret> known = known(configuration, out);
        try (WebhookReceiver receiver = new WebhookReceiver(
                new InetSocketAddress(InetAddress.getByName(host), port), known, Clock.systemUTC(), received -> {
                    show(out, received);
                    await(delay);
                    return status;
                })) {
            stop.install();
            out.println("listening at " + receiver.url());
            out.flush();
            boolean stopped = false;
            while (!stopped) {
                stopped = stop.await(A_WHILE);
            }
        } catch (UnknownHostException e) {
            throw new ParameterException(
                    spec.commandLine(), "--host is \"" + host + "\": must be an address of this machine", e);
        } catch (BindException e) {
            throw new CommandFailure(
                    "cannot listen at " + host + ":" + port + ": " + e.getMessage() + "; choose another --port", e);
        } catch (IOException e) {
            throw new CommandFailure("cannot listen at " + host + ":" + port + ": " + e.getMessage(), e);
        }
        return 0;
    }

    private static void await(Duration delay) {
        try {
            Thread.sleep(delay.toMillis());
        } catch (InterruptedException e) {
            // The receiver is stopping.
            Thread.currentThread().interrupt();
        }
    }

    private List<SigningSecret> known(Configuration configuration, PrintWriter out) {
        if (!secrets.isEmpty()) {
            return secrets;
        }
        List<SigningSecret> configured = configuration.webhooks().endpoints().stream()
                .flatMap(endpoint -> endpoint.secrets().stream())
                .toList();
        if (!configured.isEmpty()) {
            return configured;
        }
        SigningSecret made = SigningSecret.generate();
        out.println("secret " + made.reveal());
        return List.of(made);
    }

    private synchronized void show(PrintWriter out, ReceivedWebhook received) {
        ReceivedRequest.lines(received).forEach(out::println);
        // A reader such as head may be gone.
        if (out.checkError()) {
            stop.request();
        }
    }
}
