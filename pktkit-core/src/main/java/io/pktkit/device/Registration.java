// SPDX-License-Identifier: MIT
package io.pktkit.device;

/** Something that was put in place and stays there until it is closed. */
@FunctionalInterface
public interface Registration extends AutoCloseable {

    /** Takes it away. Idempotent, from any thread. */
    @Override
    void close();
}
