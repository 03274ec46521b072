// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.wire;

/** The opcodes, the upper five bits of a packet's first byte; the lower three are the key id. */
public final class Opcode {

    /** Begins a renegotiation on the next key id. */
    public static final int CONTROL_SOFT_RESET_V1 = 3;

    /** Carries TLS. */
    public static final int CONTROL_V1 = 4;

    /** Carries acknowledgments alone. */
    public static final int ACK_V1 = 5;

    /** Data without a peer id. */
    public static final int DATA_V1 = 6;

    /** Begins a session, from a client. */
    public static final int CONTROL_HARD_RESET_CLIENT_V2 = 7;

    /** Answers {@link #CONTROL_HARD_RESET_CLIENT_V2}. */
    public static final int CONTROL_HARD_RESET_SERVER_V2 = 8;

    /** Data with a peer id of 24 bits. */
    public static final int DATA_V2 = 9;

    /** Begins a session, from a client with tls-crypt-v2: its wrapped key follows. */
    public static final int CONTROL_HARD_RESET_CLIENT_V3 = 10;

    /** Like {@link #CONTROL_V1}, with the wrapped key of tls-crypt-v2 once more. */
    public static final int CONTROL_WKC_V1 = 11;

    private Opcode() {}

    /**
     * Reads the opcode of a packet.
     *
     * @param first its first byte
     * @return 0 to 31
     */
    public static int of(int first) {
        return (first & 0xff) >>> 3;
    }

    /**
     * Reads the key id of a packet.
     *
     * @param first its first byte
     * @return 0 to 7
     */
    public static int keyId(int first) {
        return first & 7;
    }

    /**
     * Makes the first byte of a packet.
     *
     * @param opcode 0 to 31
     * @param keyId 0 to 7
     * @return the byte
     */
    public static byte first(int opcode, int keyId) {
        return (byte) (opcode << 3 | keyId);
    }

    /**
     * Tells data from control.
     *
     * @param opcode an opcode
     * @return whether packets of it carry data
     */
    public static boolean isData(int opcode) {
        return opcode == DATA_V1 || opcode == DATA_V2;
    }

    /**
     * Tells whether packets of an opcode are of the control channel. Those of key method 1 (opcodes 1 and 2), which nobody
     * speaks since OpenVPN 2.5, are not.
     *
     * @param opcode an opcode
     * @return whether they are
     */
    public static boolean isControl(int opcode) {
        return opcode >= CONTROL_SOFT_RESET_V1 && opcode <= CONTROL_WKC_V1 && !isData(opcode);
    }
}
