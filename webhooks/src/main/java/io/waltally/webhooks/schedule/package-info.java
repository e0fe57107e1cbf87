/**
 * Decides which events of an endpoint are tried when, which share a request, and the progress of each partition. Uses no clock, random source or network of its own: the caller passes time, a random generator and results.
 */
@NullMarked
package io.waltally.webhooks.schedule;

import org.jspecify.annotations.NullMarked;
