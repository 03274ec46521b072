// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.nativeio.GatheredWrite;
import io.pktkit.nativeio.NativeFd;
import java.nio.ByteBuffer;

/** What the data path asks the system for, apart so that tests can let it fail. */
class InterfaceCalls {

    // linux/if_tun.h: _IOW('T', 208, unsigned int)
    private static final int TUNSETOFFLOAD = 0x400454d0;

    /** As {@link Thread#start}. */
    void start(Thread thread) {
        thread.start();
    }

    /** As {@link NativeFd#read}. */
    int read(NativeFd fd, ByteBuffer target, int offset, int length) {
        return fd.read(target, offset, length);
    }

    /** As {@link NativeFd#write}. */
    int write(NativeFd fd, ByteBuffer source, int offset, int length) {
        return fd.write(source, offset, length);
    }

    /** As {@link GatheredWrite#write}. */
    int writeGathered(NativeFd fd, ByteBuffer head, int headLength, ByteBuffer rest, int offset, int length) {
        return GatheredWrite.write(fd, head, headLength, rest, offset, length);
    }

    /** Says which unfinished messages the kernel may hand over, {@code TUN_F_...}: 0, or the negated errno. */
    int setOffload(NativeFd fd, int features) {
        return fd.ioctl(TUNSETOFFLOAD, features);
    }
}
