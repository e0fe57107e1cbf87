/**
 * Checks of everything that an instance needs, without changing anything. Each failure names its remedy. Checks that
 * also run at startup use the same code.
 */
@NullMarked
package io.waltally.app.doctor;

import org.jspecify.annotations.NullMarked;
