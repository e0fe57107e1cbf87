package io.waltally.app.secure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The rights on subjects of the schema registry of docs/security.md. */
final class DocumentedSubjects {
    private static final Path DOCUMENT = Path.of("../docs/security.md");
    private static final String RIGHT = "Read|Test|Configure|Register";
    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| ([a-z, ]+) \\| (?:all|`([^`]+)`( and others that begin so)?)" + " \\| ((?:(?:"
                    + RIGHT + ")(?:, )?)+) \\|$");
    private static final Pattern REQUESTS = Pattern.compile("(?m)^\\| (" + RIGHT + ") \\| (`.+`) \\|$");
    private static final Pattern REQUEST = Pattern.compile("`([A-Z]+ /[^`]+)`");
    private static final Pattern LIST = Pattern.compile(", ");
    private static final Pattern TOPIC = Pattern.compile("-(key|value)$");

    private final List<Row> rows = new ArrayList<>();
    private final Map<String, List<Pattern>> requests = new HashMap<>();

    /** @param topic empty for all subjects */
    private record Row(Set<String> roles, String topic, boolean isPrefix, Set<String> rights) {
        boolean covers(String subject) {
            return topic.isEmpty()
                    || (isPrefix
                            ? subject.startsWith(topic)
                            : TOPIC.matcher(subject).replaceFirst("").equals(topic));
        }
    }

    DocumentedSubjects() {
        String document;
        try {
            document = Files.readString(DOCUMENT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Matcher row = ROW.matcher(document);
        while (row.find()) {
            String topic = row.group(2);
            rows.add(new Row(set(row.group(1)), topic == null ? "" : topic, row.group(3) != null, set(row.group(4))));
        }
        Matcher right = REQUESTS.matcher(document);
        while (right.find()) {
            List<Pattern> patterns = REQUEST.matcher(right.group(2))
                    .results()
                    .map(request -> pattern(request.group(1)))
                    .toList();
            requests.put(right.group(1), patterns);
        }
    }

    private static Set<String> set(String list) {
        return LIST.splitAsStream(list).collect(Collectors.toSet());
    }

    private static Pattern pattern(String request) {
        return Pattern.compile(request.replace("<subject>", "(?<subject>[^/]+)").replace("<id>", "[0-9]+"));
    }

    /**
     * Whether a role may send a request.
     *
     * @param request method and path, below the base path of the Confluent API
     */
    boolean permit(String role, String request) {
        return rows.stream()
                .filter(row -> row.roles().contains(role))
                .anyMatch(row -> row.rights().stream()
                        .flatMap(right -> requests.get(right).stream())
                        .map(pattern -> pattern.matcher(request))
                        .anyMatch(matcher -> matcher.matches() && row.covers(subject(matcher))));
    }

    /** Empty for a request that names none. */
    private static String subject(Matcher request) {
        return request.pattern().pattern().contains("(?<subject>") ? request.group("subject") : "";
    }
}
