/**
 * Prepares a database for waltally: the application's schema where there is none yet, and beside it what is waltally's
 * own, namely the schema {@code waltally}, the publication and the least-privilege role of the pipeline.
 *
 * <p>{@link io.waltally.migrations.Migrator} is the entry. What belongs to an application that migrated its database
 * itself is never changed.
 */
package io.waltally.migrations;
