/** A version takes over from another one, instance by instance. */
package io.waltally.app.upgrade;
