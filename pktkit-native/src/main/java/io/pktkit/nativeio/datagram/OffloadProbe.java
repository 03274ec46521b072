// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.datagram;

import io.pktkit.datagram.Datagram;
import io.pktkit.datagram.FixedPath;
import io.pktkit.nativeio.Errno;
import io.pktkit.nativeio.MessageVector;
import io.pktkit.nativeio.NativeIoException;
import io.pktkit.nativeio.Poller;
import io.pktkit.nativeio.UdpSocket;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Proves the offloads before they are trusted: sends runs over the loopback interface, with an equal and with a shorter
 * tail, and compares what arrives, piece by piece, at a socket that takes joined datagrams and at one that does not.
 *
 * <p>What a network card or a hypervisor does to runs cannot be seen from here; for that there is the switch.
 */
final class OffloadProbe {

    private static final int SEGMENT = 300;
    private static final int SEGMENTS = 9;

    /** An equal tail, as some kernels got wrong, and a shorter one, as others did. */
    private static final int[] TAILS = {SEGMENT, 77, 1};

    /**
     * Loopback delivers inside the send, but a busy kernel leaves that to a thread of its own, which waits for a processor as others
     * do. It is for a machine so busy, as the endpoint does without segmentation for good if this is too short.
     */
    private static final int PATIENCE_MILLIS = 10_000;

    private static final int MAX_MESSAGES = 2 * SEGMENTS;

    private final UdpCalls calls;
    private final ByteBuffer outgoing = ByteBuffer.allocateDirect(SEGMENT * SEGMENTS);
    private final ByteBuffer incoming = ByteBuffer.allocateDirect(MAX_MESSAGES * SEGMENT * SEGMENTS);
    private final MessageVector sent = new MessageVector(outgoing, 1);
    private final MessageVector received = new MessageVector(incoming, MAX_MESSAGES);
    private final Datagram scratch = new Datagram();

    /** Why segmentation, and why coalescing, is not to be used; null where it works. */
    record Result(@Nullable String segmentation, @Nullable String coalescing) {}

    private OffloadProbe(UdpCalls calls) {
        this.calls = calls;
        for (int i = 0; i < outgoing.capacity(); i++) {
            outgoing.put(i, (byte) (i * 31 + i / SEGMENT));
        }
    }

    /** Tests both offloads in each family whose loopback address there is. */
    static Result run(UdpCalls calls) {
        OffloadProbe probe = new OffloadProbe(calls);
        Result ipv4 = probe.test(IpAddress.parse("127.0.0.1"));
        if (ipv4 != null && ipv4.segmentation != null) {
            return ipv4; // which the other family changes nothing of
        }
        Result ipv6 = probe.test(IpAddress.parse("::1"));
        if (ipv4 == null && ipv6 == null) {
            String untested = "no loopback interface to test it on";
            return new Result(untested, untested);
        }
        Result one = ipv4 != null ? ipv4 : ipv6;
        Result other = ipv6 != null ? ipv6 : ipv4;
        return new Result(
                first(one == null ? null : one.segmentation, other == null ? null : other.segmentation),
                first(one == null ? null : one.coalescing, other == null ? null : other.coalescing));
    }

    private static @Nullable String first(@Nullable String one, @Nullable String other) {
        return one != null ? one : other;
    }

    /** Null if the family or its loopback address is absent. */
    private @Nullable Result test(IpAddress loopback) {
        boolean ipv6 = loopback.family() == IpFamily.IPV6;
        try (UdpSocket from = UdpSocket.open(ipv6);
                UdpSocket plain = UdpSocket.open(ipv6);
                UdpSocket joining = UdpSocket.open(ipv6)) {
            from.bind(loopback, 0, 0);
            plain.bind(loopback, 0, 0);
            joining.bind(loopback, 0, 0);
            String segmentation = compare(from, plain, loopback);
            if (segmentation != null) {
                return new Result(segmentation, "it cannot be tested without segmentation");
            }
            int refused = joining.setOption(UdpSocket.SOL_UDP, UdpSocket.UDP_GRO, 1);
            return new Result(
                    null,
                    refused < 0
                            ? "this kernel has no UDP_GRO: " + Errno.name(-refused)
                            : compare(from, joining, loopback));
        } catch (NativeIoException failure) {
            return failure.errno() == Errno.EAFNOSUPPORT || failure.errno() == Errno.EADDRNOTAVAIL
                    ? null
                    : new Result(failure.getMessage(), failure.getMessage());
        } catch (IOException failure) {
            return new Result(failure.getMessage(), failure.getMessage());
        }
    }

    private @Nullable String compare(UdpSocket from, UdpSocket to, IpAddress loopback) throws IOException {
        FixedPath path = FixedPath.to(loopback, to.port());
        Poller poller = new Poller(to.fd());
        for (int tail : TAILS) {
            int length = SEGMENT * (SEGMENTS - 1) + tail;
            sent.setOutgoing(0, 0, length, path, false, 0, SEGMENT);
            int result = calls.send(from, sent, 0, 1);
            if (result < 0) {
                return "a run is refused: " + Errno.name(-result);
            }
            String difference = receiveRun(to, poller, length);
            if (difference != null) {
                return "a run with a tail of " + tail + " bytes: " + difference;
            }
        }
        return null;
    }

    /** Checks that the pieces, joined or not, are those of the run and in order. */
    private @Nullable String receiveRun(UdpSocket to, Poller poller, int total) throws NativeIoException {
        int at = 0;
        while (at < total) {
            if (calls.await(poller, PATIENCE_MILLIS) == 0) {
                return at + " of " + total + " bytes arrived";
            }
            for (int i = 0; i < MAX_MESSAGES; i++) {
                received.setIncoming(i, i * SEGMENT * SEGMENTS, SEGMENT * SEGMENTS);
            }
            int messages = calls.receive(to, received, MAX_MESSAGES);
            if (messages < 0) {
                return "receiving failed: " + Errno.name(-messages);
            }
            for (int i = 0; i < messages; i++) {
                if (!received.readIncoming(i, scratch)) {
                    return "a piece was cut off";
                }
                int length = received.length(i);
                String difference = checkPieces(i, at, length, total);
                if (difference != null) {
                    return difference;
                }
                at += length;
            }
        }
        return null;
    }

    private @Nullable String checkPieces(int message, int at, int length, int total) {
        int piece = received.segmentSize(message) == 0 ? length : received.segmentSize(message);
        boolean last = at + length == total;
        if (at + length > total || (piece != SEGMENT && !(last && at + piece == total))) {
            return "a piece of " + piece + " bytes arrived";
        }
        if (!last && length % SEGMENT != 0) {
            return "pieces of " + length + " bytes arrived before the tail";
        }
        for (int i = 0; i < length; i++) {
            if (incoming.get(message * SEGMENT * SEGMENTS + i) != outgoing.get(at + i)) {
                return "byte " + (at + i) + " is another";
            }
        }
        return null;
    }
}
