package io.waltally.webhooks.send;

import io.waltally.webhooks.event.OutboxEvent;
import io.waltally.webhooks.schedule.Failure;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.apache.hc.client5.http.async.methods.SimpleHttpRequest;
import org.apache.hc.client5.http.async.methods.SimpleRequestProducer;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.config.TlsConfig;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Method;
import org.apache.hc.core5.http2.HttpVersionPolicy;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.reactor.IOReactorConfig;
import org.apache.hc.core5.reactor.IOReactorStatus;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends requests to one endpoint, over connections that no other endpoint's requests wait for. Redirects are not followed,
 * nothing is sent twice by itself, and neither cookies nor proxies of the system are used.
 */
public final class EndpointClient implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EndpointClient.class);

    private static final TimeValue CONNECTION_AGE = TimeValue.ofMinutes(5);

    private final Endpoint endpoint;
    private final Confidences confidences;
    private final CloseableHttpAsyncClient client;
    private volatile boolean closed;

    public EndpointClient(Endpoint endpoint) {
        this(endpoint, SystemDefaultDnsResolver.INSTANCE);
    }

    EndpointClient(Endpoint endpoint, DnsResolver resolver) {
        this.endpoint = endpoint;
        confidences = Confidences.of(endpoint);
        Timeout timeout = Timeout.of(endpoint.timeout());
        client = HttpAsyncClients.custom()
                .setConnectionManager(PoolingAsyncClientConnectionManagerBuilder.create()
                        .setDnsResolver(new CheckedResolver(endpoint.reach(), resolver))
                        .setMaxConnPerRoute(endpoint.concurrency())
                        .setMaxConnTotal(endpoint.concurrency())
                        .setDefaultConnectionConfig(ConnectionConfig.custom()
                                .setConnectTimeout(timeout)
                                .setSocketTimeout(timeout)
                                .setTimeToLive(CONNECTION_AGE)
                                .build())
                        .setDefaultTlsConfig(TlsConfig.custom()
                                .setHandshakeTimeout(timeout)
                                .setVersionPolicy(HttpVersionPolicy.FORCE_HTTP_1)
                                .build())
                        .build())
                .setIOReactorConfig(IOReactorConfig.custom().setIoThreadCount(1).build())
                .setThreadFactory(task -> {
                    Thread thread = new Thread(task, "webhooks-" + endpoint.name() + "-http");
                    thread.setDaemon(true);
                    return thread;
                })
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setConnectionRequestTimeout(timeout)
                        .setResponseTimeout(timeout)
                        .setProtocolUpgradeEnabled(false)
                        .build())
                .setIoReactorExceptionCallback(this::broken)
                .disableRedirectHandling()
                .disableAutomaticRetries()
                .disableCookieManagement()
                .disableAuthCaching()
                .disableContentCompression()
                .build();
        client.start();
    }

    /** What it meets when it is closed while it waits is none. */
    private void broken(Exception failure) {
        if (!closed) {
            LOG.error("the HTTP client of webhook {} has ended", endpoint, failure);
        }
    }

    /** @throws IllegalStateException if it cannot send any more, for a reason of its own */
    public void requireRunning() {
        // Right after its start it need not be active yet.
        if (client.getStatus().compareTo(IOReactorStatus.ACTIVE) > 0) {
            throw new IllegalStateException("the HTTP client of webhook " + endpoint + " has ended");
        }
    }

    /**
     * Sends an event, once.
     *
     * @return the answer, within the endpoint's timeout; or fails as {@link #reason} says in words
     */
    public CompletableFuture<Answer> send(OutboxEvent event, Instant now) {
        CompletableFuture<Answer> answered = new CompletableFuture<>();
        Future<Answer> request = client.execute(
                SimpleRequestProducer.create(request(event, now)), new AnswerReading(answered), new FutureCallback<>() {
                    @Override
                    public void completed(Answer answer) {
                        answered.complete(answer);
                    }

                    @Override
                    public void failed(Exception failure) {
                        answered.completeExceptionally(failure);
                    }

                    @Override
                    public void cancelled() {
                        answered.completeExceptionally(new CancellationException());
                    }
                });
        return answered.orTimeout(endpoint.timeout().toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((answer, failure) -> {
                    // What comes later is of no interest, and its connection is of no use.
                    if (failure instanceof TimeoutException) {
                        request.cancel(true);
                    }
                });
    }

    private SimpleHttpRequest request(OutboxEvent event, Instant now) {
        SimpleHttpRequest request = SimpleHttpRequest.create(Method.POST, endpoint.url());
        request.setBody(event.body(), ContentType.create(RequestHeaders.CLOUD_EVENT));
        endpoint.headers().forEach(request::setHeader);
        RequestHeaders.of(endpoint, event, now).forEach(request::setHeader);
        return request;
    }

    /** What follows from an answer that is no success, without what is confidential in requests. */
    public Failure failure(Answer answer, Instant now) {
        return answer.failure(now, confidences);
    }

    /** What a failure to get an answer means, for people; without what is confidential in requests. */
    public String reason(Throwable failure) {
        if (failure instanceof TimeoutException) {
            return "no answer within " + endpoint.timeout().toMillis() + " ms";
        }
        if (failure instanceof RefusedAddressException) {
            return "refused: " + failure.getMessage();
        }
        if (failure instanceof UnknownHostException) {
            return "the host cannot be resolved";
        }
        if (failure instanceof ConnectException) {
            return "no connection: " + failure.getMessage();
        }
        if (failure instanceof SSLException) {
            return "TLS: " + failure.getMessage();
        }
        return (failure instanceof IOException ? "the connection broke: " : "")
                + failure.getClass().getSimpleName()
                // What is no HTTP is quoted, and may be the request itself, from a server that repeats what it gets.
                + (failure.getMessage() == null ? "" : ": " + confidences.masked(failure.getMessage()));
    }

    @Override
    public void close() {
        closed = true;
        client.close(CloseMode.IMMEDIATE);
    }
}
