package io.waltally.app.http.stream;

import io.waltally.app.tally.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Keeps the latest events in memory. Clients read the log at their own speed and have no queues: a client that falls
 * behind the oldest event misses some, and gets an event that says so. Thread-safe; writing never waits for a reader.
 */
public final class EventLog {
    /** The type of events that say that others were missed. Every client gets them. */
    public static final String MISSED = "missed";

    private static final Map<String, Set<String>> OF_ALL_TYPES = Map.of();

    private static final Pattern ID = Pattern.compile("([0-9a-z]{1,16})-([0-9]{1,18})");

    private final String run;
    private final int mostEvents;
    private final long mostBytes;
    private final Deque<Event> events = new ArrayDeque<>();
    private final Map<String, Event> states = new LinkedHashMap<>();
    private long bytes;
    private long end;
    private boolean closed;

    private static final class Event {
        private final long sequence;
        private final String type;
        /** The event as it is sent. */
        private final byte[] frame;

        Event(long sequence, String type, byte[] frame) {
            this.sequence = sequence;
            this.type = type;
            this.frame = frame;
        }
    }

    /**
     * The next events of a client.
     *
     * @param frames events as they are sent
     * @param position to read from next
     * @param missed whether there were events before these that the log no longer has
     * @param ended whether there will be no further ones
     */
    public record Batch(List<byte[]> frames, long position, boolean missed, boolean ended) {
        public Batch {
            frames = List.copyOf(frames);
        }
    }

    /**
     * @param run distinguishes the ids of this log from those of others; lower-case letters and digits
     * @param mostEvents number of events that are kept
     * @param mostBytes their size
     */
    public EventLog(String run, int mostEvents, long mostBytes) {
        this.run = run;
        this.mostEvents = mostEvents;
        this.mostBytes = mostBytes;
    }

    /** Adds an event that says what has happened. */
    public synchronized void append(String type, Object data) {
        add(type, data);
    }

    /** Adds an event that says that nothing was watched until now. */
    public void appendMissed() {
        append(MISSED, OF_ALL_TYPES);
    }

    /** Appends an event which says that changes reported by events of these types were not observed until now. */
    public void appendMissed(Set<String> types) {
        append(MISSED, Map.of("types", new TreeSet<>(types)));
    }

    /** Adds an event that says how something is now: new clients get the last one of its type. */
    public synchronized void appendState(String type, Object data) {
        states.put(type, add(type, data));
    }

    private Event add(String type, Object data) {
        end++;
        Event event = new Event(end, type, frame(id(end), type, Json.write(data)));
        events.add(event);
        bytes += event.frame.length;
        while (events.size() > mostEvents || bytes > mostBytes) {
            bytes -= events.remove().frame.length;
        }
        notifyAll();
        return event;
    }

    /** JSON has no line breaks. */
    private static byte[] frame(String id, String type, String json) {
        return ("id: " + id + "\nevent: " + type + "\ndata: " + json + "\n\n").getBytes(StandardCharsets.UTF_8);
    }

    private String id(long sequence) {
        return run + "-" + sequence;
    }

    /** The position after the last event. */
    public synchronized long end() {
        return end;
    }

    /** The last event of each type that says how something is. */
    public synchronized List<byte[]> states(Set<String> types) {
        return states.values().stream()
                .filter(event -> wanted(event, types))
                .map(event -> event.frame)
                .toList();
    }

    /**
     * The last events of each of these types up to a position, in their order.
     *
     * @param limit of each type
     */
    public synchronized List<byte[]> last(Set<String> types, int limit, long position) {
        Map<String, Integer> counts = new HashMap<>();
        Deque<byte[]> frames = new ArrayDeque<>();
        Iterator<Event> latestFirst = events.descendingIterator();
        while (latestFirst.hasNext()) {
            Event event = latestFirst.next();
            if (event.sequence <= position
                    && types.contains(event.type)
                    && counts.merge(event.type, 1, Integer::sum) <= limit) {
                frames.addFirst(event.frame);
            }
        }
        return List.copyOf(frames);
    }

    /** The position after the event with an id; empty if it is not an id of this log. */
    public synchronized OptionalLong after(String id) {
        Matcher matcher = ID.matcher(id);
        if (!matcher.matches() || !matcher.group(1).equals(run)) {
            return OptionalLong.empty();
        }
        long sequence = Long.parseLong(matcher.group(2));
        return sequence <= end ? OptionalLong.of(sequence) : OptionalLong.empty();
    }

    /** An event for one client: that it has missed some. Its id is that of the position. */
    byte[] missed(long position) {
        return frame(id(position), MISSED, Json.write(OF_ALL_TYPES));
    }

    /** The id of a position, for a client that has not wanted the events before it. */
    byte[] passed(long position) {
        return ("id: " + id(position) + "\n\n").getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Reads what follows a position, waiting for the first event if there is none.
     *
     * @param types of events that are wanted; empty: all
     */
    public synchronized Batch read(long position, Set<String> types, Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (!closed && end <= position) {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (left <= 0) {
                return new Batch(List.of(), position, false, false);
            }
            wait(left);
        }
        // An event that is larger than the log is not kept, and none before it.
        long first = events.isEmpty() ? end + 1 : events.element().sequence;
        boolean missed = first > position + 1;
        List<byte[]> frames = new ArrayList<>();
        for (Event event : events) {
            if (event.sequence > position && wanted(event, types)) {
                frames.add(event.frame);
            }
        }
        return new Batch(frames, end, missed, closed);
    }

    private static boolean wanted(Event event, Set<String> types) {
        return types.isEmpty() || types.contains(event.type) || event.type.equals(MISSED);
    }

    /** Ends the reading of all clients. */
    public synchronized void close() {
        closed = true;
        notifyAll();
    }
}
