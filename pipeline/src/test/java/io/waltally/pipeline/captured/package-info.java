/**
 * The cdc topics as capture writes them: records, headers, watermarks, and damage to them. {@link
 * io.waltally.pipeline.captured.CapturedLog} is the entry.
 */
package io.waltally.pipeline.captured;
