package io.waltally.app.secure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/** The ACLs of docs/security.md. */
final class DocumentedAccess {
    private static final Path DOCUMENT = Path.of("../docs/security.md");
    private static final Pattern ROW = Pattern.compile(
            "\\| ([a-z, ]+) \\| (Topic|Group|TransactionalId|Cluster) \\| `([^`]+)`( and others that begin so)? \\| ([A-Za-z, ]+) \\|");

    private static final Pattern LIST = Pattern.compile(", ");

    private DocumentedAccess() {}

    /** Of a role, for the default application id. */
    static List<AclBinding> of(String role, String principal) {
        List<AclBinding> bindings = new ArrayList<>();
        Matcher row;
        try {
            row = ROW.matcher(Files.readString(DOCUMENT));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        while (row.find()) {
            if (LIST.splitAsStream(row.group(1)).noneMatch(role::equals)) {
                continue;
            }
            ResourcePattern resource = new ResourcePattern(
                    ResourceType.fromString(row.group(2).replace("TransactionalId", "TRANSACTIONAL_ID")),
                    row.group(3).replace("<application-id>", "waltally"),
                    row.group(4) == null ? PatternType.LITERAL : PatternType.PREFIXED);
            LIST.splitAsStream(row.group(5))
                    .map(operation ->
                            new AccessControlEntry(principal, "*", operation(operation), AclPermissionType.ALLOW))
                    .forEach(entry -> bindings.add(new AclBinding(resource, entry)));
        }
        return bindings;
    }

    private static AclOperation operation(String name) {
        return AclOperation.fromString(
                name.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toUpperCase(Locale.ROOT));
    }
}
