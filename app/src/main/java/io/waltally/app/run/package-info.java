/** A running instance: the systems that it waits for, its roles, and how it stops. */
@NullMarked
package io.waltally.app.run;

import org.jspecify.annotations.NullMarked;
