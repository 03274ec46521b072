// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.bpf;

import java.util.Locale;

/** How much a load or store moves, with the bits of its opcode (linux/bpf_common.h). */
public enum Width {
    /** One byte. */
    U8(0x10),
    /** Two bytes. */
    U16(0x08),
    /** Four bytes. */
    U32(0x00),
    /** Eight bytes. */
    U64(0x18);

    final int bits;

    Width(int bits) {
        this.bits = bits;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
