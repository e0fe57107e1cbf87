/**
 * Checks of everything that an instance needs, without changing anything: each failure with what mends it. What a start
 * checks too is checked by the same code.
 */
@NullMarked
package io.waltally.app.doctor;

import org.jspecify.annotations.NullMarked;
