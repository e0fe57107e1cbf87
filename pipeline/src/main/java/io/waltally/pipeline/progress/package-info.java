/**
 * Tracks the progress of each partition of a source. In: row changes and watermarks. Out: the LSN up to which the
 * output of a stage is complete.
 *
 * <p>A watermark names the end offset of every cdc partition, so a partition knows when it has read everything up to
 * the watermark's LSN. Output is complete once every partition has emitted that progress behind its own output.
 */
@NullMarked
package io.waltally.pipeline.progress;

import org.jspecify.annotations.NullMarked;
