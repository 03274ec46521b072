// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import com.sun.jna.Library;
import com.sun.jna.Native;

/**
 * The variadic functions for where further arguments go another way than fixed ones: on the stack on Apple's 64-bit ARM.
 * Only a proxy of JNA tells the two apart, so each call allocates; none is on the data path.
 */
interface VariadicCalls extends Library {

    /** Bound when first asked for. */
    static VariadicCalls get() {
        return Bound.CALLS;
    }

    // int fcntl(int fd, int cmd, ...)
    int fcntl(int fd, int cmd, Object... argument);

    // int ioctl(int fd, unsigned long request, ...)
    int ioctl(int fd, long request, Object... argument);

    /** The functions of this process. */
    final class Bound {

        private static final VariadicCalls CALLS = Native.load(VariadicCalls.class);

        private Bound() {}
    }
}
