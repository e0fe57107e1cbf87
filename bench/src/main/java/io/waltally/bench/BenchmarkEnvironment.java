package io.waltally.bench;

import com.sun.management.OperatingSystemMXBean;
import io.debezium.connector.postgresql.Module;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.kafka.common.utils.AppInfoParser;

/**
 * The machine and the versions that figures were measured with.
 *
 * @param processor its model, or its architecture where the system does not name the model
 * @param memoryBytes of the machine
 * @param maxHeapBytes of this JVM
 */
public record BenchmarkEnvironment(
        String processor,
        int cores,
        long memoryBytes,
        String os,
        String java,
        long maxHeapBytes,
        String postgresql,
        String kafka,
        String debezium) {
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
    private static final String MODEL_NAME = "model name";
    private static final double GIGABYTE = 1L << 30;

    /** @throws BenchmarkException if the database does not answer */
    public static BenchmarkEnvironment of(String jdbcUrl, String user) {
        Runtime runtime = Runtime.getRuntime();
        return new BenchmarkEnvironment(
                model(),
                runtime.availableProcessors(),
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize(),
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                System.getProperty("java.vm.name") + " " + Runtime.version(),
                runtime.maxMemory(),
                serverVersion(jdbcUrl, user),
                AppInfoParser.getVersion(),
                Module.version());
    }

    private static String model() {
        try (Stream<String> lines = Files.lines(CPU_INFO, StandardCharsets.UTF_8)) {
            return lines.filter(line -> line.startsWith(MODEL_NAME))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(System.getProperty("os.arch"));
        } catch (IOException e) {
            return System.getProperty("os.arch");
        }
    }

    private static String serverVersion(String jdbcUrl, String user) {
        try (Connection connection = DriverManager.getConnection(jdbcUrl, user, "")) {
            return connection.getMetaData().getDatabaseProductVersion();
        } catch (SQLException e) {
            throw new BenchmarkException("PostgreSQL: " + e.getMessage(), e);
        }
    }

    /** Formats the environment for a terminal. */
    public String text() {
        return String.format(
                Locale.ROOT,
                "%d cores of %s, %.0f GB, %s%n%s, heap of up to %.1f GB%nPostgreSQL %s, Kafka %s, Debezium %s%n",
                cores,
                processor,
                memoryBytes / GIGABYTE,
                os,
                java,
                maxHeapBytes / GIGABYTE,
                postgresql,
                kafka,
                debezium);
    }
}
