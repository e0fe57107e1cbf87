package io.waltally.app.doctor.check;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The severity of a finding. */
public enum Severity {
    OK,
    /** An instance starts; later it may fail, or do less than is configured. */
    WARNING,
    /** A start fails, or waits until an operator fixes the problem. */
    ERROR;

    @JsonValue
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }
}
