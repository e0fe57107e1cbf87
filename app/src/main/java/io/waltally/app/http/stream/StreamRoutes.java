package io.waltally.app.http.stream;

import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.Header;
import io.waltally.app.http.route.query.WholeNumber;
import io.waltally.app.http.server.DocumentedRoutes;
import io.waltally.app.http.server.Problem;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/** The route of server-sent events. Each client takes a thread of the server. */
public final class StreamRoutes {
    /** The types of events, as the API document has them. */
    public static final List<String> TYPES = List.of(
            "status",
            "rates",
            "backends",
            "buckets",
            "users",
            "user-collections",
            "notifications",
            "transactions",
            "webhooks",
            "sinks",
            "dead-letters");

    /** The types of events that report changes of lists, which clients then read. */
    public static final Set<String> OF_LISTS = Set.of("backends", "buckets", "users", "user-collections");

    private static final String CONTENT_TYPE = "text/event-stream";
    private static final String LAST_EVENT_ID = "Last-Event-ID";
    private static final String TYPES_PARAMETER = "types";
    private static final String LAST = "last";
    private static final int MAX_LAST = 1_000;

    /** The types that report occurrences; for all others there are lists, or a last state. */
    private static final Set<String> HAPPENINGS = Set.of("notifications", "transactions");

    /** Proxies and clients take a connection without a byte for dead. */
    private static final Duration SILENCE = Duration.ofSeconds(10);

    private static final byte[] STILL_HERE = ": still here\n\n".getBytes(StandardCharsets.UTF_8);
    private static final byte[] BEGINNING = "retry: 1000\n\n".getBytes(StandardCharsets.UTF_8);

    private final EventStream stream;

    public StreamRoutes(EventStream stream) {
        this.stream = stream;
    }

    public void addTo(DocumentedRoutes routes) {
        routes.get("/api/stream", this::stream);
    }

    private void stream(Context context) {
        Set<String> types = types(context);
        int last = last(context);
        context.contentType(CONTENT_TYPE);
        context.header(Header.CACHE_CONTROL, "no-store");
        // Otherwise nginx buffers the events.
        context.header("X-Accel-Buffering", "no");
        if (context.method().equals(HandlerType.HEAD)) {
            return;
        }
        try (EventStream.Client client = stream.connect()) {
            // The raw response: what Javalin wraps around it may compress, and so hold back.
            OutputStream out = context.res().getOutputStream();
            Optional<String> lastId = Optional.ofNullable(context.header(LAST_EVENT_ID));
            send(client.events(), client.beginning(), types, last, lastId, SILENCE, out);
        } catch (IOException e) {
            // The client has gone.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Set<String> types(Context context) {
        Set<String> types = new TreeSet<>();
        String text = context.queryParam(TYPES_PARAMETER);
        if (text != null) {
            for (String type : text.split(",", -1)) {
                if (!TYPES.contains(type)) {
                    throw Problem.parameter(
                            TYPES_PARAMETER, text, "must be some of " + String.join(",", TYPES) + ", with commas");
                }
                types.add(type);
            }
        }
        return types;
    }

    private static int last(Context context) {
        String text = context.queryParam(LAST);
        if (text == null) {
            return 0;
        }
        OptionalLong last = WholeNumber.parse(text);
        if (last.isEmpty() || last.getAsLong() < 0 || last.getAsLong() > MAX_LAST) {
            throw Problem.parameter(LAST, text, "must be a whole number from 0 to " + MAX_LAST);
        }
        return (int) last.getAsLong();
    }

    /** Sends events until the log is closed. */
    static void send(
            EventLog events,
            long beginning,
            Set<String> types,
            int last,
            Optional<String> lastId,
            Duration silence,
            OutputStream out)
            throws IOException, InterruptedException {
        OptionalLong resumed = lastId.map(events::after).orElse(OptionalLong.empty());
        long position = resumed.orElse(beginning);
        out.write(BEGINNING);
        if (resumed.isEmpty()) {
            if (lastId.isPresent()) {
                out.write(events.missed(position));
            }
            for (byte[] state : events.states(types)) {
                out.write(state);
            }
            // After the states: the id that the client has then is the latest one of what it cannot read elsewhere.
            if (last > 0) {
                Set<String> wanted = new TreeSet<>(HAPPENINGS);
                wanted.removeIf(type -> !types.isEmpty() && !types.contains(type));
                for (byte[] frame : events.last(wanted, last, position)) {
                    out.write(frame);
                }
            }
        }
        out.flush();
        long written = System.nanoTime();
        EventLog.Batch batch;
        do {
            batch = events.read(position, types, silence);
            // A wait may end a millisecond early.
            boolean isSilent = !batch.missed()
                    && batch.frames().isEmpty()
                    && System.nanoTime() - written < silence.minusMillis(2).toNanos();
            if (batch.missed()) {
                out.write(events.missed(position));
            }
            for (byte[] frame : batch.frames()) {
                out.write(frame);
            }
            position = batch.position();
            if (!isSilent) {
                if (batch.frames().isEmpty()) {
                    // The events since then are of types that are not wanted: it need not come back for them.
                    out.write(events.passed(position));
                    out.write(STILL_HERE);
                }
                out.flush();
                written = System.nanoTime();
            }
        } while (!batch.ended());
    }
}
