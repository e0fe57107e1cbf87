/** One running instance: what it waits for, the roles that it plays, and how it stops. */
package io.waltally.app.run;
