/**
 * Random histories, read in any order and more than once: tallies equal SQL, and notifications those of a reference.
 */
package io.waltally.pipeline.history;
