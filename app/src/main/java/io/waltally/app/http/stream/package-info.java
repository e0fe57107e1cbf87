/** Server-sent events: one bounded log of events for all clients, written by one producer while there are any. */
@NullMarked
package io.waltally.app.http.stream;

import org.jspecify.annotations.NullMarked;
