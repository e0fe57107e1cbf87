/** A check of {@code doctor}. In: a configuration. Out: findings, each with its severity and its remedy. */
@NullMarked
package io.waltally.app.doctor.check;

import org.jspecify.annotations.NullMarked;
