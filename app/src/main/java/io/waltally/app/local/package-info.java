/**
 * The commands that bring servers of their own: demo, infra and dev. The only part that sees {@code io.waltally.embedded},
 * which a production installation does not have: the command classes name nothing of it, so that the command line can show
 * them without it.
 */
package io.waltally.app.local;
