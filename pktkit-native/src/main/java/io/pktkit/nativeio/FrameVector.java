// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import java.nio.ByteBuffer;

/** The messages of a {@link PacketSocket}: a frame each, behind a {@code struct virtio_net_hdr} if that was asked for. */
public final class FrameVector extends MessageHeaders {

    // struct sockaddr_ll { u16 family; be16 protocol; int ifindex; u16 hatype; u8 pkttype; u8 halen; u8 addr[8]; }
    private static final int PACKET_TYPE = 10;

    /** {@code PACKET_OUTGOING}: what this host itself sent. */
    private static final int PACKET_OUTGOING = 4;

    // struct tpacket_auxdata { u32 status; u32 len; u32 snaplen; u16 mac; u16 net; u16 vlan_tci; u16 vlan_tpid; }
    private static final int AUXDATA_SIZE = 20;
    private static final int AUXDATA_STATUS = 0;
    private static final int AUXDATA_TCI = 16;
    private static final int AUXDATA_TPID = 18;

    private static final int TP_STATUS_VLAN_VALID = 1 << 4;
    private static final int TP_STATUS_VLAN_TPID_VALID = 1 << 6;

    /** The type of an 802.1Q tag, which kernels before 3.14 do not tell. */
    private static final int ETH_P_8021Q = 0x8100;

    /**
     * Makes messages of nothing.
     *
     * @param data a direct buffer that all frames are in
     * @param capacity how many messages
     */
    public FrameVector(ByteBuffer data, int capacity) {
        super(data, capacity);
    }

    /**
     * Writes a message to send.
     *
     * @param index which, from 0
     * @param offset where its bytes begin in the data
     * @param length how many bytes
     */
    public void setOutgoing(int index, int offset, int length) {
        setPayload(index, offset, length);
        setNameLength(index, 0);
        setControlEnd(index, control(index));
    }

    /**
     * Whether a received message is whole.
     *
     * @param index which, from 0
     * @return false if it was cut, and is to be dropped
     */
    public boolean isComplete(int index) {
        return isWhole(index);
    }

    /**
     * Whether a received frame is one that this host sends.
     *
     * @param index which, from 0
     * @return true if it was on its way out
     */
    public boolean isOutgoing(int index) {
        return memory.get(name(index) + PACKET_TYPE) == PACKET_OUTGOING;
    }

    /**
     * The VLAN tag that the interface took out of a received frame, or that was never in it.
     *
     * @param index which, from 0
     * @return the tag as it would stand in the frame: its type in the upper 16 bits, below it the tag control
     *     information; 0 if there is none
     */
    public int strippedTag(int index) {
        int at = control(index);
        int end = controlEnd(index);
        while (end - at >= CMSG_HEADER) {
            long length = memory.getLong(at);
            if (length < CMSG_HEADER || length > end - at) {
                return 0;
            }
            if (memory.getInt(at + CMSG_LEVEL) == PacketSocket.SOL_PACKET
                    && memory.getInt(at + CMSG_TYPE) == PacketSocket.PACKET_AUXDATA
                    && length >= CMSG_HEADER + AUXDATA_SIZE) {
                return tag(at + CMSG_HEADER);
            }
            at += align((int) length);
        }
        return 0;
    }

    private int tag(int auxdata) {
        int status = memory.getInt(auxdata + AUXDATA_STATUS);
        int tci = memory.getShort(auxdata + AUXDATA_TCI) & 0xffff;
        // Kernels before 3.0 have no such bit; from then on it alone tells a tag of zeros from none.
        if (tci == 0 && (status & TP_STATUS_VLAN_VALID) == 0) {
            return 0;
        }
        int type = (status & TP_STATUS_VLAN_TPID_VALID) != 0
                ? memory.getShort(auxdata + AUXDATA_TPID) & 0xffff
                : ETH_P_8021Q;
        return type << 16 | tci;
    }
}
