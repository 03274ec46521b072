// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Marks a test against a real peer. Where root or a command is missing the test is skipped with that reason; with
 * {@code PKTKIT_INTEROP=required} in the environment, as in CI, it fails instead, so that a green run there has run it.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(PeerCondition.class)
public @interface NeedsPeer {
    /** Commands that must be on the path, or there where they are said to be. */
    String[] value() default {};

    /** Commands without which it is skipped also where peers are required: what CI cannot be asked to install. */
    String[] optional() default {};

    /** Whether network namespaces and {@code /dev/net/tun} are used. */
    boolean root() default true;
}
