package io.waltally.app.secure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DocumentedSubjectsTest {
    private final DocumentedSubjects documented = new DocumentedSubjects();

    @ParameterizedTest
    @CsvSource({
        "capture, GET /subjects",
        "streams, GET /schemas/ids/7",
        "webhooks, POST /subjects/s3.public.bsos-value",
        "capture, PUT /config/sync.public.bsos-key",
        "capture, POST /subjects/_waltally.watermarks-value/versions",
        "streams, POST /subjects/_waltally.watermarks-key/versions",
        "sinks, POST /compatibility/subjects/agg.backend-quotas-key/versions/latest",
        "commands, PUT /config/agg.backend-quotas-key",
        "commands, POST /subjects/_waltally.sinks-key/versions"
    })
    void whatIsDocumentedIsPermitted(String role, String request) {
        assertThat(documented.permit(role, request)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "nobody, GET /subjects",
        "capture, DELETE /subjects/s3.public.bsos-value",
        "capture, PUT /config",
        "capture, POST /subjects/agg.backend-quotas-value/versions",
        "capture, POST /subjects/_waltally.watermarks.other-value/versions",
        "streams, PUT /config/s3.public.bsos-value",
        "commands, POST /subjects/s3.public.bsos-value/versions"
    })
    void whatIsNotDocumentedIsNot(String role, String request) {
        assertThat(documented.permit(role, request)).isFalse();
    }
}
