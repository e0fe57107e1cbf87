package io.waltally.app;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Directions of dependency between modules and packages. docs/architecture.md explains them. */
class ArchitectureTest {
    private static final String BENCH = "io.waltally.bench..";
    private static final String CONNECTORS = "io.waltally.connectors..";
    private static final String COMPATIBILITY = "io.waltally.compatibility..";
    private static final String EMBEDDED = "io.waltally.embedded..";
    private static final String ICEBERG = "io.waltally.iceberg..";
    private static final String LOCAL = "io.waltally.app.local..";
    private static final String MIGRATIONS = "io.waltally.migrations..";
    private static final String PIPELINE = "io.waltally.pipeline..";
    private static final String SCHEMAS = "io.waltally.schemas..";
    private static final String SCHEDULE = "io.waltally.webhooks.schedule..";
    private static final String SINKS = "io.waltally.sinks..";
    private static final String SEND = "io.waltally.webhooks.send..";
    private static final String WEBHOOKS = "io.waltally.webhooks..";
    private static final String WORKLOAD = "io.waltally.workload..";

    private static final String PACKAGE_INFO = "package-info.java";

    private static JavaClasses waltally;

    @BeforeAll
    static void readClasses() {
        waltally = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("io.waltally");
    }

    @Test
    void everyModuleIsUnderTheseRules() {
        for (String module : new String[] {
            "app",
            "bench",
            "compatibility",
            "connectors",
            "embedded",
            "iceberg",
            "migrations",
            "pipeline",
            "schemas",
            "sinks",
            "webhooks",
            "workload"
        }) {
            assertThat(waltally.containPackage("io.waltally." + module))
                    .as("classes of " + module)
                    .isTrue();
        }
    }

    @Test
    void stagesMeetAtTopicsOnly() {
        mayDependOn(CONNECTORS, SCHEMAS);
        mayDependOn(PIPELINE, SCHEMAS);
        mayDependOn(WEBHOOKS, SCHEMAS);
        mayDependOn(SINKS, SCHEMAS);
        mayDependOn(ICEBERG, SINKS, SCHEMAS);
    }

    @Test
    void schemasMigrationsAndEmbeddedServersDependOnNothingOfOurs() {
        mayDependOn(SCHEMAS, SCHEMAS);
        mayDependOn(MIGRATIONS, MIGRATIONS);
        mayDependOn(EMBEDDED, EMBEDDED);
        mayDependOn(WORKLOAD, WORKLOAD);
        mayDependOn(COMPATIBILITY, COMPATIBILITY);
    }

    @Test
    void onlyTestsCompareForms() {
        noClasses()
                .that()
                .resideOutsideOfPackage(COMPATIBILITY)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(COMPATIBILITY)
                .check(waltally);
    }

    /** The packages of capture, from the entry down. */
    @Test
    void packagesOfCaptureDependInOneDirection() {
        List<String> packages = List.of(
                "",
                "stream",
                "snapshot",
                "debezium",
                "encoding",
                "publishing",
                "retention",
                "source",
                "error",
                "config");
        for (int i = 0; i < packages.size(); i++) {
            noClasses()
                    .that()
                    .resideInAPackage(packageOf(packages.get(i)))
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(packages.subList(0, i).stream()
                            .map(ArchitectureTest::packageOf)
                            .toArray(String[]::new))
                    .allowEmptyShould(true)
                    .check(waltally);
        }
    }

    private static String packageOf(String name) {
        return "io.waltally.connectors.capture" + (name.isEmpty() ? "" : "." + name);
    }

    @Test
    void packagesFormNoCycles() {
        for (String module : new String[] {
            "bench",
            "compatibility",
            "embedded",
            "iceberg",
            "migrations",
            "pipeline",
            "schemas",
            "sinks",
            "webhooks",
            "workload"
        }) {
            slices().matching("io.waltally." + module + ".(**)")
                    .should()
                    .beFreeOfCycles()
                    .allowEmptyShould(true)
                    .check(waltally);
        }
        slices().matching("io.waltally.app.(**)").should().beFreeOfCycles().check(waltally);
    }

    /** A new type of sink is a new package beside the others. */
    @Test
    void theEngineOfSinksKnowsTargetsByTheirContractOnly() {
        mayDependOn("io.waltally.sinks.target..", SCHEMAS);
        mayDependOn("io.waltally.sinks.control..", SCHEMAS, "io.waltally.sinks.target..");
        mayDependOn("io.waltally.sinks.engine..", SCHEMAS, "io.waltally.sinks.target..", "io.waltally.sinks.control..");
        mayDependOn("io.waltally.sinks.jdbc..", SCHEMAS, "io.waltally.sinks.target..");
    }

    /** A task that Kafka Streams revives keeps what the processor before has scheduled. */
    @Test
    void processorsThatScheduleCancelWhenTheyAreClosed() {
        List<JavaClass> scheduling = waltally.stream()
                .filter(type -> calls(type.getMethodCallsFromSelf(), ProcessingContext.class, "schedule"))
                .toList();
        assertThat(scheduling).isNotEmpty();
        assertThat(scheduling)
                .allMatch(type -> type.tryGetMethod("close")
                        .filter(close -> calls(close.getMethodCallsFromSelf(), Cancellable.class, "cancel"))
                        .isPresent());
    }

    private static boolean calls(Set<JavaMethodCall> calls, Class<?> owner, String method) {
        return calls.stream()
                .anyMatch(call ->
                        call.getName().equals(method) && call.getTargetOwner().isAssignableTo(owner));
    }

    @Test
    void benchmarksDependOnWhatTheyMeasure() {
        mayDependOn(BENCH, CONNECTORS, PIPELINE, SCHEMAS);
    }

    /**
     * Picocli reads these classes in every command, also if embedded servers and benchmarks are not on the classpath.
     */
    @Test
    void commandsAndOptionsNameNothingThatOnlySomeOfThemHave() {
        noClasses()
                .that()
                .resideInAPackage("io.waltally.app..")
                .and()
                .haveSimpleNameEndingWith("Command")
                .or()
                .haveSimpleNameEndingWith("Options")
                .and()
                .resideInAPackage("io.waltally.app..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(EMBEDDED, BENCH, WORKLOAD)
                .check(waltally);
    }

    @Test
    void onlyConnectorsAndTheirBenchmarkSeeDebeziumAndKafkaConnect() {
        noClasses()
                .that()
                .resideInAPackage("io.waltally..")
                .and()
                .resideOutsideOfPackages(CONNECTORS, BENCH)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.debezium..", "org.apache.kafka.connect..")
                .check(waltally);
    }

    @Test
    void onlyTheIcebergModuleSeesIcebergAndWhatItNeeds() {
        noClasses()
                .that()
                .resideInAPackage("io.waltally..")
                .and()
                .resideOutsideOfPackage(ICEBERG)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.iceberg..", "org.apache.parquet..", "org.apache.hadoop..")
                .check(waltally);
    }

    @Test
    void onlyWhatSendsWebhooksSeesTheHttpClientAndTheScheduleKnowsNoKafkaClient() {
        noClasses()
                .that()
                .resideInAPackage("io.waltally..")
                .and()
                .resideOutsideOfPackage(SEND)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.hc..")
                .check(waltally);
        noClasses()
                .that()
                .resideInAPackage(SCHEDULE)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.kafka.clients..", "java.net..", "java.util.concurrent..")
                .check(waltally);
    }

    @Test
    void onlyLocalCommandsSeeTheEmbeddedServersAndTheBenchmarks() {
        noClasses()
                .that()
                .resideInAPackage("io.waltally..")
                .and()
                .resideOutsideOfPackages(EMBEDDED, BENCH, LOCAL, WORKLOAD)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(EMBEDDED, BENCH, WORKLOAD)
                .check(waltally);
    }

    /** picocli looks at every field and method of a command: naming an absent class there would break all commands. */
    @Test
    void theLocalCommandsThemselvesDoNotNameWhatOnlyTheyHave() {
        noClasses()
                .that()
                .resideInAPackage(LOCAL)
                .and()
                .haveSimpleNameEndingWith("Command")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(EMBEDDED, BENCH, WORKLOAD)
                .check(waltally);
    }

    @Test
    void onlyConfigurationReadsTheEnvironment() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.waltally.app.config..", EMBEDDED)
                .should()
                .callMethod(System.class, "getenv")
                .orShould()
                .callMethod(System.class, "getenv", String.class)
                .check(waltally);
    }

    @Test
    void topologiesAndTheScheduleOfDeliveriesKnowNeitherWallClockNorChance() {
        noClasses()
                .that()
                .resideInAnyPackage(PIPELINE, SCHEDULE)
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(LocalDate.class, "now")
                .orShould()
                .callMethod(LocalDateTime.class, "now")
                .orShould()
                .callMethod(OffsetDateTime.class, "now")
                .orShould()
                .callMethod(ZonedDateTime.class, "now")
                .orShould()
                .callMethod(Clock.class, "systemUTC")
                .orShould()
                .callMethod(Clock.class, "systemDefaultZone")
                .orShould()
                .callMethod(UUID.class, "randomUUID")
                .orShould()
                .callMethod(Math.class, "random")
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(Random.class)
                .check(waltally);
    }

    @Test
    void everyPackageSaysWhatItIsFor() {
        Set<String> silent = new TreeSet<>(waltally.stream()
                .filter(not(resideInAPackage("io.waltally.schemas.*..")))
                .map(JavaClass::getPackageName)
                .collect(Collectors.toSet()));
        waltally.stream()
                .filter(type -> type.getSimpleName().equals("package-info"))
                .map(JavaClass::getPackageName)
                .forEach(silent::remove);
        assertThat(silent).as("packages without package-info").isEmpty();
    }

    @Test
    void packagesOfTestsMirrorThoseOfTheCodeOrSayWhatTheyAreFor() throws IOException {
        Set<String> silent = new TreeSet<>();
        try (Stream<Path> modules = Files.list(Path.of(".."))) {
            for (Path tests :
                    modules.map(module -> module.resolve("src/test/java")).toList()) {
                if (Files.isDirectory(tests)) {
                    packagesOf(tests)
                            .filter(name -> !Files.exists(tests.resolve(name).resolve(PACKAGE_INFO))
                                    && !Files.exists(tests.resolve("../../main/java")
                                            .resolve(name)
                                            .resolve(PACKAGE_INFO)))
                            .forEach(name -> silent.add(tests.resolve(name).toString()));
                }
            }
        }
        assertThat(silent).as("packages of tests without package-info").isEmpty();
    }

    private static Stream<Path> packagesOf(Path sources) throws IOException {
        try (Stream<Path> files = Files.walk(sources)) {
            return files
                    .filter(file -> file.toString().endsWith(".java"))
                    .map(file -> sources.relativize(file.getParent()))
                    .collect(Collectors.toSet())
                    .stream();
        }
    }

    /** Besides itself, what is not ours, and the given packages. */
    private static void mayDependOn(String module, String... others) {
        classes()
                .that()
                .resideInAPackage(module)
                .should()
                .onlyDependOnClassesThat(not(resideInAPackage("io.waltally.."))
                        .or(resideInAPackage(module))
                        .or(resideInAnyPackage(others)))
                .allowEmptyShould(true)
                .check(waltally);
    }
}
