/** The process: its command line, and what each command needs to have started and stopped. */
package io.waltally.app;
