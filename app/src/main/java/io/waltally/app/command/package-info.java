/** The commands of a production installation. Exit 0 is done and right, 1 failed, 2 wrong usage or configuration. */
package io.waltally.app.command;
