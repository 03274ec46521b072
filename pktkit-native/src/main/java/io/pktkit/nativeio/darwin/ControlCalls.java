// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.darwin;

import io.pktkit.nativeio.NativeFd;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The system calls that make a utun interface, apart so that tests can answer them. */
class ControlCalls {

    private static final int SOCK_DGRAM = 2;

    /** A socket for kernel controls. */
    NativeFd socket() throws IOException {
        return NativeFd.socket(ControlStructures.AF_SYSTEM, SOCK_DGRAM, ControlStructures.SYSPROTO_CONTROL);
    }

    /** As {@link NativeFd#ioctl(int, ByteBuffer)}. */
    int ioctl(NativeFd fd, int request, ByteBuffer argument) {
        return fd.ioctl(request, argument);
    }

    /** As {@link NativeFd#connect}. */
    int connect(NativeFd fd, ByteBuffer address) {
        return fd.connect(address);
    }

    /** As {@link NativeFd#socketOption(int, int, ByteBuffer)}, of the control. */
    int option(NativeFd fd, int option, ByteBuffer value) {
        return fd.socketOption(ControlStructures.SYSPROTO_CONTROL, option, value);
    }

    /** As {@link NativeFd#peer}. */
    int peer(NativeFd fd, ByteBuffer address) {
        return fd.peer(address);
    }
}
