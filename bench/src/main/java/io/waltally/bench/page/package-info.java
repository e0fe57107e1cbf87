/** A benchmark of what the clients that follow the events cost the pipeline. */
@NullMarked
package io.waltally.bench.page;

import org.jspecify.annotations.NullMarked;
