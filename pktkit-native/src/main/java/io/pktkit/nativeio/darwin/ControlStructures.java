// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.darwin;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The structures by which a kernel control is found and connected to, {@code sys/kern_control.h}. */
final class ControlStructures {

    /** {@code PF_SYSTEM}, {@code AF_SYSTEM}. */
    static final int AF_SYSTEM = 32;

    /** {@code SYSPROTO_CONTROL}: the protocol of a socket, and the level of its options. */
    static final int SYSPROTO_CONTROL = 2;

    /** {@code CTLIOCGINFO}: {@code _IOWR('N', 3, struct ctl_info)}. */
    static final int CTLIOCGINFO = 0xc0644e03;

    private static final int AF_SYS_CONTROL = 2;

    // struct ctl_info { u_int32_t ctl_id; char ctl_name[96]; }
    private static final int INFO_NAME = 4;
    private static final int INFO_NAME_SIZE = 96;

    // struct sockaddr_ctl { u_char sc_len; u_char sc_family; u_int16_t ss_sysaddr; u_int32_t sc_id; u_int32_t sc_unit;
    //                       u_int32_t sc_reserved[5]; }
    static final int ADDRESS_SIZE = 32;
    private static final int ADDRESS_FAMILY = 1;
    private static final int ADDRESS_SYSTEM = 2;
    private static final int ADDRESS_ID = 4;
    private static final int ADDRESS_UNIT = 8;

    private ControlStructures() {}

    /** Memory for structures: direct, zeroed, in the byte order of the machine. */
    static ByteBuffer allocate(int size) {
        return ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
    }

    /** A {@code struct ctl_info} that asks for the number of a control. */
    static ByteBuffer info(String controlName) {
        byte[] name = controlName.getBytes(StandardCharsets.US_ASCII);
        if (name.length >= INFO_NAME_SIZE) {
            throw new IllegalArgumentException("controlName has at most 95 bytes: controlName=" + controlName);
        }
        return allocate(INFO_NAME + INFO_NAME_SIZE).put(INFO_NAME, name);
    }

    /** The number of the control, as answered. */
    static int id(ByteBuffer info) {
        return info.getInt(0);
    }

    /** The {@code struct sockaddr_ctl} of a unit of a control; unit 0 lets the kernel choose one. */
    static ByteBuffer address(int id, int unit) {
        return allocate(ADDRESS_SIZE)
                .put(0, (byte) ADDRESS_SIZE)
                .put(ADDRESS_FAMILY, (byte) AF_SYSTEM)
                .putShort(ADDRESS_SYSTEM, (short) AF_SYS_CONTROL)
                .putInt(ADDRESS_ID, id)
                .putInt(ADDRESS_UNIT, unit);
    }

    /** The unit that an address names. */
    static int unit(ByteBuffer address) {
        return address.getInt(ADDRESS_UNIT);
    }
}
