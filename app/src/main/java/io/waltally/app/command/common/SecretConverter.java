package io.waltally.app.command.common;

import io.waltally.webhooks.sign.SigningSecret;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Parses a signing secret; the error message does not contain it. */
public final class SecretConverter implements ITypeConverter<SigningSecret> {
    @Override
    public SigningSecret convert(String text) {
        try {
            return SigningSecret.parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
