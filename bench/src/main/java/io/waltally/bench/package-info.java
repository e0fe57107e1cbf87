/**
 * Measures capture, and the whole pipeline, beside what bounds them, in one run: a machine's speed varies more than what
 * is compared.
 */
@NullMarked
package io.waltally.bench;

import org.jspecify.annotations.NullMarked;
