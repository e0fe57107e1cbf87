/**
 * The command {@code demo}: the pipeline on embedded servers under a workload, with a display, and a comparison at the end.
 */
@NullMarked
package io.waltally.app.local.demo;

import org.jspecify.annotations.NullMarked;
