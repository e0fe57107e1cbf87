package io.waltally.app.http;

import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.waltally.app.config.HttpSettings;
import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.config.value.HostAndPort;
import io.waltally.app.http.page.PageRoutes;
import io.waltally.app.http.route.CaptureOperations;
import io.waltally.app.http.route.CaptureRoutes;
import io.waltally.app.http.route.DeadLetterOperations;
import io.waltally.app.http.route.DeadLetterRoutes;
import io.waltally.app.http.route.EventTypeRoutes;
import io.waltally.app.http.route.HistoryQueries;
import io.waltally.app.http.route.InstanceRoutes;
import io.waltally.app.http.route.LoggerRoutes;
import io.waltally.app.http.route.Readiness;
import io.waltally.app.http.route.SinkOperations;
import io.waltally.app.http.route.SinkRoutes;
import io.waltally.app.http.route.StateRoutes;
import io.waltally.app.http.route.WebhookOperations;
import io.waltally.app.http.route.WebhookRoutes;
import io.waltally.app.http.route.tally.BackendRoutes;
import io.waltally.app.http.route.tally.BucketRoutes;
import io.waltally.app.http.route.tally.MinLsnWaiter;
import io.waltally.app.http.route.tally.Peers;
import io.waltally.app.http.route.tally.TallyQueries;
import io.waltally.app.http.route.tally.TallyResponses;
import io.waltally.app.http.route.tally.UserRoutes;
import io.waltally.app.http.route.tally.WalEnds;
import io.waltally.app.http.server.AccessControl;
import io.waltally.app.http.server.ApiDocument;
import io.waltally.app.http.server.DocumentedRoutes;
import io.waltally.app.http.server.ListenException;
import io.waltally.app.http.server.RequestAudit;
import io.waltally.app.http.stream.EventStream;
import io.waltally.app.http.stream.StreamRoutes;
import io.waltally.app.http.tls.InstanceTrust;
import io.waltally.app.http.tls.TlsListener;
import io.waltally.app.logging.Loggers;
import io.waltally.app.status.StatusReport;
import java.util.Optional;
import java.util.function.Supplier;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tallies and status over HTTP, as described by the API document. Every tally is the last committed one of its topic.
 */
public final class HttpApi implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpApi.class);

    private static final int MIN_THREADS = 8;
    private static final int MAX_THREADS = 250;
    private static final int MAX_WAITING = 1_000;
    static final long MAX_BODY = 1_000_000;

    private final QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS, MIN_THREADS);
    private final MinLsnWaiter waits;
    private final EventStream events;
    private final Optional<TlsListener> tls;
    private final Javalin server;

    /**
     * @param metrics in Prometheus' text format
     * @param tallies empty if this instance does not run the topologies
     * @param serverEnds ends of the WAL of the sources' servers
     * @param webhooks empty if this instance does not deliver notifications
     * @param sinks empty if this instance does not run sinks
     * @param events closed with the API
     * @param capacityThreshold utilization from which clients mark a backend as almost full
     * @throws ListenException if it cannot listen at the configured address
     * @throws ConfigException if the files of TLS cannot be used
     */
    public HttpApi(
            HttpSettings settings,
            Supplier<Readiness> readiness,
            Supplier<StatusReport> status,
            Supplier<String> metrics,
            Optional<TallyQueries> tallies,
            WalEnds serverEnds,
            CaptureOperations captures,
            Optional<WebhookOperations> webhooks,
            Optional<SinkOperations> sinks,
            DeadLetterOperations deadLetters,
            EventStream events,
            double capacityThreshold,
            HistoryQueries history) {
        threads.setName("http");
        this.events = events;
        this.waits = new MinLsnWaiter(threads, MAX_WAITING, serverEnds);
        TallyResponses answers = new TallyResponses(tallies, waits);
        ApiDocument document = ApiDocument.load();
        this.tls = settings.tls().map(TlsListener::new);
        this.server = Javalin.create(config -> {
            configure(config);
            tls.ifPresent(listener -> config.jetty.addConnector(
                    (jetty, http) -> listener.connector(jetty, http, settings.host(), settings.port())));
            ProblemResponses.addTo(config.routes);
            PageRoutes page = new PageRoutes();
            config.routes.before(new AccessControl(settings, document, page.paths()));
            config.routes.after(new RequestAudit());
            DocumentedRoutes routes = new DocumentedRoutes(document, config.routes);
            document.addTo(routes, !settings.tokens().isEmpty());
            new StateRoutes(readiness, status, metrics).addTo(routes);
            new BackendRoutes(answers).addTo(routes);
            new BucketRoutes(answers).addTo(routes);
            new UserRoutes(answers, new Peers(settings, threads), threads).addTo(routes);
            new CaptureRoutes(captures).addTo(routes);
            new WebhookRoutes(webhooks).addTo(routes);
            new SinkRoutes(sinks).addTo(routes);
            new LoggerRoutes(new Loggers()).addTo(routes);
            EventTypeRoutes.addTo(routes);
            new DeadLetterRoutes(deadLetters).addTo(routes);
            new InstanceRoutes(capacityThreshold, history).addTo(routes);
            new StreamRoutes(events).addTo(routes);
            page.addTo(config.routes);
        });
        try {
            server.start(settings.host(), settings.port());
        } catch (Exception e) {
            close();
            throw ListenException.of(settings.host(), settings.port(), e);
        }
        LOG.info("HTTP API at {}", settings.uri(new HostAndPort(settings.host(), server.port())));
    }

    /**
     * Checks what can be checked before the API starts.
     *
     * @throws ConfigException if the files of TLS cannot be used
     */
    public static void check(HttpSettings settings) {
        settings.tls().ifPresent(files -> {
            TlsListener.check(files);
            InstanceTrust.check(files);
        });
    }

    private void configure(JavalinConfig config) {
        config.startup.showJavalinBanner = false;
        config.startup.startupWatcherEnabled = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.http.prefer405over404 = true;
        config.http.maxRequestSize = MAX_BODY;
        // /api/buckets/ is the bucket with the empty name.
        config.router.ignoreTrailingSlashes = false;
        config.jetty.threadPool = threads;
        config.jetty.modifyServer(jetty -> jetty.setErrorHandler(new ServerProblems()));
    }

    public int port() {
        return server.port();
    }

    @Override
    public void close() {
        events.close();
        waits.close();
        server.stop();
        tls.ifPresent(TlsListener::close);
    }
}
