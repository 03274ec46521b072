// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.bpf;

/** A register of the eBPF machine. */
public enum Register {
    /** What a call and the program answer. */
    R0(0),
    /** The first argument of a call, and the context at the start. */
    R1(1),
    /** An argument of a call. */
    R2(2),
    /** An argument of a call. */
    R3(3),
    /** An argument of a call. */
    R4(4),
    /** An argument of a call. */
    R5(5),
    /** Kept over a call. */
    R6(6),
    /** Kept over a call. */
    R7(7),
    /** Kept over a call. */
    R8(8),
    /** Kept over a call. */
    R9(9),
    /** The end of the stack; not to be written. */
    R10(10);

    private final int number;

    Register(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }

    @Override
    public String toString() {
        return "r" + number;
    }
}
