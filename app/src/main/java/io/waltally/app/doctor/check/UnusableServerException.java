package io.waltally.app.doctor.check;

import io.waltally.app.failure.ServerFailure;

/** A server does not answer, or refuses; checks that need it are not made. */
public final class UnusableServerException extends Exception {
    private static final long serialVersionUID = 1;

    public UnusableServerException(ServerFailure failure) {
        super(failure.toString());
    }
}
