/** {@code webhooks} and {@code event}: endpoints, their deliveries, and the types of notifications. */
@NullMarked
package io.waltally.app.command.webhook;

import org.jspecify.annotations.NullMarked;
