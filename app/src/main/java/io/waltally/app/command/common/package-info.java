/** What commands share: options and their converters, confirmations, failures, and access to a running instance. */
@NullMarked
package io.waltally.app.command.common;

import org.jspecify.annotations.NullMarked;
