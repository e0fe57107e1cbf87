package io.waltally.app.config.reading;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The environment variables that set keys: {@code WALTALLY_SINKS_0_LOCK_TIMEOUT} is {@code sinks[0].lock-timeout}. Each
 * is taken once, by the key that it sets.
 */
public final class EnvironmentVariables {
    public static final String PREFIX = "WALTALLY_";

    /** Read by the launcher, by every command for its log, and by commands that ask an instance. */
    static final Set<String> OTHERS = Set.of("WALTALLY_JAVA_OPTS", "WALTALLY_LOG_LEVEL", "WALTALLY_HTTP_TOKEN");

    private static final String SERVICE_HOST = "_SERVICE_HOST";
    private static final Pattern SERVICE_SUFFIX =
            Pattern.compile("_SERVICE_HOST|_SERVICE_PORT(_.+)?|_PORT_\\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?");
    private static final Pattern SERVICE_PORT = Pattern.compile("(tcp|udp|sctp)://.*");

    private final Map<String, String> variables = new TreeMap<>();

    public EnvironmentVariables(Map<String, String> environment) {
        environment.forEach((name, value) -> {
            if (name.startsWith(PREFIX) && !OTHERS.contains(name)) {
                variables.put(name, value);
            }
        });
        environment.keySet().stream()
                .filter(name -> name.endsWith(SERVICE_HOST))
                .map(name -> name.substring(0, name.length() - SERVICE_HOST.length()))
                .forEach(this::removeService);
    }

    /** Kubernetes describes each service of the namespace by variables, and its name may begin with waltally. */
    private void removeService(String service) {
        variables
                .entrySet()
                .removeIf(variable -> variable.getKey().startsWith(service)
                        && isOfService(variable.getKey().substring(service.length()), variable.getValue()));
    }

    private static boolean isOfService(String suffix, String value) {
        return SERVICE_SUFFIX.matcher(suffix).matches()
                || (suffix.equals("_PORT") && SERVICE_PORT.matcher(value).matches());
    }

    public static String name(String key) {
        return PREFIX + Keys.variablePart(key);
    }

    /** The value of the variable for a key. */
    Optional<RawValue> take(String key) {
        return take(variables, name(key));
    }

    private static Optional<RawValue> take(Map<String, String> variables, String name) {
        return Optional.ofNullable(variables.remove(name)).map(value -> new RawValue(value, Origin.variable(name)));
    }

    /** Whether a variable for the key, or for one in it, has not been taken. */
    public boolean has(String section) {
        return variables.keySet().stream().anyMatch(name -> isWithin(section, name));
    }

    /** The values of all variables for keys in a section, by the rest of their names. */
    Map<String, RawValue> takeBelow(String section) {
        Map<String, RawValue> taken = new TreeMap<>();
        String prefix = name(section) + "_";
        for (String name : List.copyOf(variables.keySet())) {
            if (name.startsWith(prefix)) {
                take(variables, name).ifPresent(value -> taken.put(name.substring(prefix.length()), value));
            }
        }
        return taken;
    }

    /** Removes those for a key, or for keys in it. */
    public void remove(String section) {
        variables.keySet().removeIf(name -> isWithin(section, name));
    }

    /** The names that have not been taken. */
    Set<String> rest() {
        return new TreeSet<>(variables.keySet());
    }

    private static boolean isWithin(String section, String name) {
        String variable = name(section);
        return name.equals(variable) || name.startsWith(variable + "_");
    }
}
