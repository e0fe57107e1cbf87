/**
 * Prepares a database for waltally: the application's schema if there is none yet, and waltally's own objects, namely
 * the schema {@code waltally}, the publication and the least-privilege role of the pipeline.
 *
 * <p>{@link io.waltally.migrations.Migrator} is the entry. It never changes objects of an application that migrated its
 * database itself.
 */
package io.waltally.migrations;
