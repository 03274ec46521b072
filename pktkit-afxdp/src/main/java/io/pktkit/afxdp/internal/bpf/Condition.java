// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.bpf;

/** When a jump is taken: unsigned, with the bits of its opcode (linux/bpf.h). */
public enum Condition {
    /** The two are equal. */
    EQUAL(0x10, "=="),
    /** The two differ. */
    NOT_EQUAL(0x50, "!="),
    /** The first is greater. */
    GREATER(0x20, ">"),
    /** The first is less. Linux 4.14. */
    LESS(0xa0, "<");

    final int bits;
    final String text;

    Condition(int bits, String text) {
        this.bits = bits;
        this.text = text;
    }
}
