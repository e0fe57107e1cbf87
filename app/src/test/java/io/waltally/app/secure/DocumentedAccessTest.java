package io.waltally.app.secure;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.doctor.kafka.AccessRight;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentedAccessTest {
    @ParameterizedTest
    @ValueSource(strings = {"capture", "streams", "sinks", "webhooks", "commands"})
    void doctorWantsWhatIsDocumented(String account) {
        List<AccessRight> rights = AccessRight.of("waltally");
        Set<String> wanted = rights.stream()
                .filter(right -> right.accounts().contains(account))
                .flatMap(right -> right.operations().stream().map(operation -> operation + " " + right.resource()))
                .collect(Collectors.toSet());
        Stream<String> documented = DocumentedAccess.of(account, "User:x").stream()
                .map(acl -> acl.entry().operation() + " " + acl.pattern());
        assertThat(wanted).isNotEmpty().containsExactlyInAnyOrderElementsOf(documented.toList());
    }
}
