// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.nativeio.Errno;
import io.pktkit.nativeio.GatheredWrite;
import io.pktkit.nativeio.NativeFd;
import io.pktkit.nativeio.VirtioNetHeader;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.Pdu;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Tries which super-segments an interface takes, before they are trusted: writes some, with an equal tail and with a short
 * one, which some kernels refused. The interface must be down: the kernel looks at what it is to cut first, and refuses
 * with EINVAL what it will not, but receives nothing, and says EIO. So nobody gets what is only a test.
 */
final class InterfaceProbe {

    private static final int SEGMENT = 512;
    private static final int[] TAILS = {SEGMENT, 1};
    private static final int LONGEST = 4 * SEGMENT;
    private static final int SPACE = Frame.HEADER_LENGTH + Packet.IPV6_HEADER_LENGTH + 20 + LONGEST;

    private final InterfaceCalls calls;
    private final NativeFd fd;
    private final boolean ethernet;
    private final ByteBuffer message = ByteBuffer.allocateDirect(SPACE);
    private final ByteBuffer head = ByteBuffer.allocateDirect(GatheredWrite.ROOM + VirtioNetHeader.MAX_HEAD);

    /** Why super-segments of a protocol are refused; null where they are taken. */
    record Result(@Nullable String tcp, @Nullable String udp) {}

    private InterfaceProbe(InterfaceCalls calls, NativeFd fd, boolean ethernet) {
        this.calls = calls;
        this.fd = fd;
        this.ethernet = ethernet;
    }

    static Result run(InterfaceCalls calls, NativeFd fd, boolean ethernet) {
        InterfaceProbe probe = new InterfaceProbe(calls, fd, ethernet);
        return new Result(probe.refusal(IpProtocol.TCP, "TCP"), probe.refusal(IpProtocol.UDP, "UDP"));
    }

    private @Nullable String refusal(int protocol, String name) {
        for (int tail : TAILS) {
            for (int version = 4; version <= 6; version += 2) {
                int written = write(superSegment(version, protocol, 2 * SEGMENT + tail));
                if (written < 0 && written != -Errno.EIO) {
                    return name + " over IPv" + version + " with a tail of " + tail + " bytes is refused: "
                            + Errno.name(-written);
                }
            }
        }
        return null;
    }

    private int write(Pdu pdu) {
        int copied = VirtioNetHeader.write(pdu, head, GatheredWrite.ROOM);
        return calls.writeGathered(
                fd, head, VirtioNetHeader.LENGTH + copied, message, pdu.offset() + copied, pdu.length() - copied);
    }

    /** From and to the addresses for documentation, RFC 5737 and RFC 3849. */
    private Pdu superSegment(int version, int protocol, int payload) {
        int link = ethernet ? Frame.HEADER_LENGTH : 0;
        int header = version == 4 ? Packet.IPV4_HEADER_LENGTH : Packet.IPV6_HEADER_LENGTH;
        int transport = (protocol == IpProtocol.TCP ? 20 : 8) + payload;
        for (int i = 0; i < SPACE; i++) {
            message.put(i, (byte) 0);
        }
        if (ethernet) {
            message.put(0, (byte) 2).put(6, (byte) 2).put(11, (byte) 1);
            message.putShort(12, (short) (version == 4 ? EtherType.IPV4 : EtherType.IPV6));
        }
        if (version == 4) {
            message.putShort(link, (short) 0x4500).putShort(link + 2, (short) (header + transport));
            message.put(link + 8, (byte) 1).put(link + 9, (byte) protocol);
            message.putInt(link + 12, 0xC000_0201).putInt(link + 16, 0xC000_0202);
        } else {
            message.put(link, (byte) 0x60).putShort(link + 4, (short) transport);
            message.put(link + 6, (byte) protocol).put(link + 7, (byte) 1);
            message.putInt(link + 8, 0x2001_0db8).put(link + 23, (byte) 1);
            message.putInt(link + 24, 0x2001_0db8).put(link + 39, (byte) 2);
        }
        int at = link + header;
        message.putShort(at, (short) 9).putShort(at + 2, (short) 9);
        if (protocol == IpProtocol.TCP) {
            message.put(at + 12, (byte) 0x50).put(at + 13, (byte) 0x10);
        } else {
            message.putShort(at + 4, (short) transport);
        }
        Packet packet = new Packet().wrap(message, link, header + transport);
        packet.recomputeIpv4Checksum();
        return ethernet
                ? new Frame()
                        .wrap(message, 0, link + header + transport)
                        .segmentSize(SEGMENT)
                        .checksumPending(true)
                : packet.segmentSize(SEGMENT).checksumPending(true);
    }
}
