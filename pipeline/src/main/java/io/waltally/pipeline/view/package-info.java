/** The committed tallies of users, for queries. */
package io.waltally.pipeline.view;
