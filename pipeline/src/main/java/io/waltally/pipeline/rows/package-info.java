/** What is kept of the rows of each captured table, and the streams of their shifts. */
package io.waltally.pipeline.rows;
