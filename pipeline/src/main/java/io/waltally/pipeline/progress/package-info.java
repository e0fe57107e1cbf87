/**
 * Up to where a source has been read. A watermark names the end offset of every partition, so "this partition has read
 * everything up to LSN L" is a fact; what follows from those records is complete as soon as every partition has said so,
 * behind what it had to tell.
 */
package io.waltally.pipeline.progress;
