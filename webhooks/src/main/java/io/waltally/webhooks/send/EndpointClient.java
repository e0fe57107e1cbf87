package io.waltally.webhooks.send;

import io.waltally.webhooks.schedule.FailedAttempt;
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
import javax.net.ssl.SSLHandshakeException;
import org.apache.hc.client5.http.ConnectTimeoutException;
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
 * Sends requests to one endpoint, on its own connections. Does not follow redirects, does not retry, and uses no
 * cookies or proxies.
 */
public final class EndpointClient implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EndpointClient.class);

    private static final TimeValue CONNECTION_AGE = TimeValue.ofMinutes(5);

    private final Endpoint endpoint;
    private final RequestRedactor redactor;
    private final CloseableHttpAsyncClient client;
    private volatile boolean closed;

    public EndpointClient(Endpoint endpoint) {
        this(endpoint, SystemDefaultDnsResolver.INSTANCE);
    }

    EndpointClient(Endpoint endpoint, DnsResolver resolver) {
        this.endpoint = endpoint;
        redactor = RequestRedactor.of(endpoint);
        Timeout timeout = Timeout.of(endpoint.timeout());
        client = HttpAsyncClients.custom()
                .setConnectionManager(PoolingAsyncClientConnectionManagerBuilder.create()
                        .setDnsResolver(new CheckedResolver(endpoint.egressPolicy(), resolver))
                        .setMaxConnPerRoute(endpoint.limits().concurrency())
                        .setMaxConnTotal(endpoint.limits().concurrency())
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

    /** A failure that is caused by closing the client does not count. */
    private void broken(Exception failure) {
        if (!closed) {
            LOG.error("the HTTP client of webhook {} has ended", endpoint, failure);
        }
    }

    /** @throws IllegalStateException if the client cannot send any more */
    public void requireRunning() {
        // It becomes active a moment after its start.
        if (client.getStatus().compareTo(IOReactorStatus.ACTIVE) > 0) {
            throw new IllegalStateException("the HTTP client of webhook " + endpoint + " has ended");
        }
    }

    /**
     * Sends a message once.
     *
     * @return the answer, within the endpoint's timeout; a failure is described by {@link #reason}
     */
    public CompletableFuture<WebhookResponse> send(WebhookMessage message, Instant now) {
        CompletableFuture<WebhookResponse> answered = new CompletableFuture<>();
        Future<WebhookResponse> request = client.execute(
                SimpleRequestProducer.create(request(message, now)),
                new ResponseReader(answered),
                new FutureCallback<>() {
                    @Override
                    public void completed(WebhookResponse answer) {
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
                    // A later answer is ignored, and its connection is closed.
                    if (failure instanceof TimeoutException) {
                        request.cancel(true);
                    }
                });
    }

    private SimpleHttpRequest request(WebhookMessage message, Instant now) {
        SimpleHttpRequest request = SimpleHttpRequest.create(Method.POST, endpoint.url());
        request.setBody(message.body(), ContentType.create(message.contentType()));
        endpoint.headers().forEach(request::setHeader);
        RequestHeaders.of(endpoint, message, now).forEach(request::setHeader);
        return request;
    }

    /** Interprets an unsuccessful answer; the result contains no secrets of the request. */
    public FailedAttempt failure(WebhookResponse answer, Instant now) {
        return answer.failure(now, redactor);
    }

    /** Interprets a failure to get an answer; the result contains no secrets of the request. */
    public FailedAttempt failure(Throwable failure) {
        boolean unreachable = failure instanceof UnknownHostException
                || failure instanceof ConnectException
                || failure instanceof ConnectTimeoutException
                || failure instanceof SSLHandshakeException;
        return unreachable ? FailedAttempt.unreachable(reason(failure)) : FailedAttempt.of(reason(failure));
    }

    /** Describes a failure to get an answer; the text contains no secrets of the request. */
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
                // Text that is not HTTP is quoted. It may repeat the request.
                + (failure.getMessage() == null ? "" : ": " + redactor.masked(failure.getMessage()));
    }

    @Override
    public void close() {
        closed = true;
        client.close(CloseMode.IMMEDIATE);
    }
}
