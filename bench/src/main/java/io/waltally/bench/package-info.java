/**
 * Measures capture beside what bounds it, over the same WAL, in one run: a machine's speed varies more than what is
 * compared.
 */
@NullMarked
package io.waltally.bench;

import org.jspecify.annotations.NullMarked;
