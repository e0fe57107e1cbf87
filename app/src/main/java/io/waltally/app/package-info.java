/** The application: its command line, and the parts that each command starts and stops. */
@NullMarked
package io.waltally.app;

import org.jspecify.annotations.NullMarked;
