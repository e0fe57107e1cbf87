/** The committed tallies, for queries. */
package io.waltally.pipeline.view;
