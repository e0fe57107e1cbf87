package io.waltally.webhooks.send;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.hc.client5.http.async.methods.AbstractBinResponseConsumer;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpResponse;

/** Reads the beginning of an answer. The rest of a long one is discarded with its connection. */
final class ResponseReader extends AbstractBinResponseConsumer<WebhookResponse> {
    static final int MAX_BODY = 16 * 1024;

    private final CompletableFuture<WebhookResponse> answered;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private int status;

    ResponseReader(CompletableFuture<WebhookResponse> answered) {
        this.answered = answered;
    }

    @Override
    protected void start(HttpResponse response, ContentType contentType) {
        status = response.getCode();
        for (Header header : response.getHeaders()) {
            headers.putIfAbsent(header.getName(), header.getValue());
        }
    }

    @Override
    protected int capacityIncrement() {
        return MAX_BODY;
    }

    @Override
    protected void data(ByteBuffer source, boolean endOfStream) throws IOException {
        byte[] bytes = new byte[Math.min(source.remaining(), MAX_BODY - body.size())];
        source.get(bytes);
        body.writeBytes(bytes);
        if (source.hasRemaining()) {
            answered.complete(buildResult());
            throw new IOException("the answer is longer than " + MAX_BODY + " bytes");
        }
    }

    @Override
    protected WebhookResponse buildResult() {
        return new WebhookResponse(status, Map.copyOf(headers), body.toString(StandardCharsets.UTF_8));
    }

    @Override
    public void releaseResources() {}
}
