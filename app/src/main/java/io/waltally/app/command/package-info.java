/**
 * The commands of a production installation, those with subcommands in packages of their own. Exit 0 is done and right, 1 failed, 2
 * wrong usage or configuration.
 */
@NullMarked
package io.waltally.app.command;

import org.jspecify.annotations.NullMarked;
