// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.wire;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A packet of the control channel without what authenticates it.
 *
 * <pre>
 *  head: opcode and key id (1) | session id of the sender (8)
 *  body: number of acknowledgments (1) | packet ids acknowledged (4 each) | session id of the receiver (8, if there are
 *        any) | packet id (4, not in ACK_V1) | TLS
 * </pre>
 *
 * @param opcode one for which {@link Opcode#isControl} holds
 * @param keyId 0 to 7
 * @param sessionId the sender's
 * @param acks packet ids that the sender has received, 0 to 8 of them; not to be changed
 * @param remoteSessionId the receiver's, if there are acknowledgments; otherwise 0
 * @param packetId its own packet id; 0 in an ACK_V1
 * @param payload TLS; not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // handed on, not compared
public record ControlPacket(
        int opcode, int keyId, long sessionId, int[] acks, long remoteSessionId, int packetId, byte[] payload) {

    /** The bytes before what authenticates the packet. */
    public static final int HEAD_LENGTH = 9;

    /** The most acknowledgments of a packet. */
    public static final int MAX_ACKS = 8;

    private static final byte[] NOTHING = {};
    private static final int[] NO_ACKS = {};

    /**
     * Makes a packet with nothing but a packet id.
     *
     * @param opcode the opcode
     * @param keyId 0 to 7
     * @param sessionId the sender's
     * @return one without acknowledgments and payload, and with packet id 0
     */
    public static ControlPacket bare(int opcode, int keyId, long sessionId) {
        return new ControlPacket(opcode, keyId, sessionId, NO_ACKS, 0, 0, NOTHING);
    }

    /**
     * Reads a packet.
     *
     * @param head begins with the head, at least {@link #HEAD_LENGTH} bytes
     * @param body the body, authenticated and in plain
     * @return the packet; null if it is none
     */
    public static @Nullable ControlPacket parse(byte[] head, byte[] body) {
        int opcode = Opcode.of(head[0]);
        if (!Opcode.isControl(opcode) || body.length < 1) {
            return null;
        }
        int count = body[0] & 0xff;
        int at = 1;
        int idLength = opcode == Opcode.ACK_V1 ? 0 : 4;
        if (count > MAX_ACKS || body.length < at + (count > 0 ? 4 * count + 8 : 0) + idLength) {
            return null;
        }
        int[] acks = count == 0 ? NO_ACKS : new int[count];
        long remote = 0;
        for (int i = 0; i < count; i++, at += 4) {
            acks[i] = Bytes.getInt(body, at);
        }
        if (count > 0) {
            remote = Bytes.getLong(body, at);
            at += 8;
        }
        int id = idLength == 0 ? 0 : Bytes.getInt(body, at);
        at += idLength;
        byte[] payload = at == body.length ? NOTHING : Arrays.copyOfRange(body, at, body.length);
        return new ControlPacket(opcode, Opcode.keyId(head[0]), Bytes.getLong(head, 1), acks, remote, id, payload);
    }

    /** {@return the head as bytes} */
    public byte[] head() {
        byte[] head = new byte[HEAD_LENGTH];
        head[0] = Opcode.first(opcode, keyId);
        Bytes.putLong(head, 1, sessionId);
        return head;
    }

    /** {@return the body as bytes} */
    public byte[] body() {
        int idLength = opcode == Opcode.ACK_V1 ? 0 : 4;
        int ackLength = acks.length == 0 ? 0 : 4 * acks.length + 8;
        byte[] body = new byte[1 + ackLength + idLength + payload.length];
        body[0] = (byte) acks.length;
        int at = 1;
        for (int ack : acks) {
            Bytes.putInt(body, at, ack);
            at += 4;
        }
        if (acks.length > 0) {
            Bytes.putLong(body, at, remoteSessionId);
            at += 8;
        }
        if (idLength > 0) {
            Bytes.putInt(body, at, packetId);
            at += 4;
        }
        System.arraycopy(payload, 0, body, at, payload.length);
        return body;
    }

    /**
     * The bytes that a packet has beside its payload.
     *
     * @param acks how many acknowledgments
     * @return head and body without payload
     */
    public static int overhead(int acks) {
        return HEAD_LENGTH + 1 + (acks == 0 ? 0 : 4 * acks + 8) + 4;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ControlPacket that
                && opcode == that.opcode
                && keyId == that.keyId
                && sessionId == that.sessionId
                && Arrays.equals(acks, that.acks)
                && remoteSessionId == that.remoteSessionId
                && packetId == that.packetId
                && Arrays.equals(payload, that.payload);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(sessionId) * 31 + packetId;
    }

    @Override
    public String toString() {
        return "opcode=" + opcode + " key=" + keyId + " session=" + Long.toHexString(sessionId) + " acks="
                + Arrays.toString(acks) + " id=" + packetId + " payload=" + payload.length;
    }
}
