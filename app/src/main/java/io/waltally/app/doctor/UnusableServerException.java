package io.waltally.app.doctor;

import io.waltally.app.failure.ServerFailure;

/** A server does not answer, or refuses; checks that need it are not made. */
final class UnusableServerException extends Exception {
    private static final long serialVersionUID = 1;

    UnusableServerException(ServerFailure failure) {
        super(failure.toString());
    }
}
