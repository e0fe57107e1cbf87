package io.waltally.app.config.reading;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Hides secrets in values that are shown. */
public final class Masking {
    public static final String MASK = "***";

    private static final Pattern SECRET_NAME =
            Pattern.compile("password|passphrase|passwd|secret|jaas|token|credential|private[.-]?key|(^|[.-])key$");
    private static final Pattern USER_INFO = Pattern.compile("(//)[^/@?#\\s]+@");
    private static final Pattern PARAMETER = Pattern.compile("([?&])([^=&#]+)=([^&#]*)");

    private Masking() {}

    /** Whether a setting of this name usually has a secret. */
    public static boolean isSecretName(String name) {
        return SECRET_NAME.matcher(name.toLowerCase(Locale.ROOT)).find();
    }

    /** The value, without credentials if it contains a URL. */
    public static String withoutCredentials(String value) {
        String masked = USER_INFO.matcher(value).replaceAll("$1" + MASK + "@");
        return PARAMETER
                .matcher(masked)
                .replaceAll(match -> Matcher.quoteReplacement(
                        isSecretName(match.group(2)) ? match.group(1) + match.group(2) + "=" + MASK : match.group()));
    }
}
