/**
 * The commands that bring servers of their own: demo, infra, dev and bench. The only part that sees {@code
 * io.waltally.embedded} and {@code io.waltally.bench}, which a production installation does not have: the command classes
 * name nothing of them, so that the command line can show them without.
 */
package io.waltally.app.local;
