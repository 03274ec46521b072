// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.datagram.OffloadMode;
import io.pktkit.device.Offload;
import io.pktkit.nativeio.Errno;
import io.pktkit.nativeio.KernelVersion;
import io.pktkit.nativeio.NativeFd;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Pdu;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Which offloads an interface uses, and why not. Whether messages have a {@code virtio_net_hdr} is settled at the opening;
 * what is cut in software can change. Any thread.
 *
 * <p>A refused super-segment costs a system call and is cut in software. So many refusals in a row that the kernel evidently
 * will not take them end the attempts; one success between them starts the count anew.
 */
final class InterfaceOffloads {

    // TUN_F_... of linux/if_tun.h
    static final int CHECKSUM = 0x01;
    static final int TCP = 0x02 | 0x04 | 0x08; // TSO4, TSO6, TSO_ECN
    static final int UDP = 0x20 | 0x40; // USO4, USO6; Linux 6.2

    private static final int MAX_REFUSALS = 8;

    private static final Set<Offload> ALL = Set.copyOf(EnumSet.allOf(Offload.class));

    /** Why there is no header, so nothing unfinished either way; null if there is one. */
    private final @Nullable String none;

    /** Why the kernel is never given super-segments of a protocol; null if it may. */
    private final @Nullable String noTcp;

    private final @Nullable String noUdp;

    private final AtomicInteger refusals = new AtomicInteger();

    /** What the kernel was told that it may hand over. */
    private volatile int handedOver;

    /** Why super-segments are not given to the kernel at present; null if they are. */
    private volatile @Nullable String off;

    private InterfaceOffloads(@Nullable String none, @Nullable String noTcp, @Nullable String noUdp) {
        this.none = none;
        this.noTcp = noTcp;
        this.noUdp = noUdp;
    }

    static InterfaceOffloads none(String reason) {
        return new InterfaceOffloads(reason, null, null);
    }

    /**
     * Tries and sets up the offloads of an interface that has the header.
     *
     * @param up whether it is up, so that nothing can be tried
     */
    static InterfaceOffloads choose(
            OffloadMode mode, KernelVersion kernel, InterfaceCalls calls, NativeFd fd, boolean ethernet, boolean up) {
        String noTcp = null;
        String noUdp = null;
        if (!up) {
            InterfaceProbe.Result proved = InterfaceProbe.run(calls, fd, ethernet);
            noTcp = proved.tcp();
            noUdp = proved.udp();
        }
        if (mode == OffloadMode.AUTO && noUdp == null && kernel.damagesSegments()) {
            noUdp = "Linux " + kernel + " damages what it cuts";
        }
        InterfaceOffloads offloads = new InterfaceOffloads(null, noTcp, noUdp);
        offloads.ask(calls, fd, true);
        return offloads;
    }

    /** Tells the kernel what it may hand over: of what it knows, the most. */
    private void ask(InterfaceCalls calls, NativeFd fd, boolean superSegments) {
        int[] wishes =
                superSegments ? new int[] {CHECKSUM | TCP | UDP, CHECKSUM | TCP, CHECKSUM} : new int[] {CHECKSUM};
        for (int wish : wishes) {
            if (calls.setOffload(fd, wish) >= 0) {
                handedOver = wish;
                return;
            }
        }
        handedOver = 0;
    }

    /** Whether each message has a {@code virtio_net_hdr}. */
    boolean haveHeader() {
        return none == null;
    }

    /** What the device takes, whoever then finishes it. */
    Set<Offload> taken() {
        return haveHeader() ? ALL : Set.of();
    }

    /** Whether the kernel is to be given a super-segment whole. */
    boolean takes(Pdu superSegment) {
        return off == null && (superSegment.packet().protocol() == IpProtocol.UDP ? noUdp : noTcp) == null;
    }

    /** A super-segment was taken. */
    void worked() {
        if (refusals.get() != 0) {
            refusals.set(0);
        }
    }

    /** The kernel would not take a super-segment. */
    void refused(int errno) {
        if (refusals.incrementAndGet() >= MAX_REFUSALS && off == null) {
            off = MAX_REFUSALS + " in a row were refused: " + Errno.name(errno);
        }
    }

    /** Switches super-segments on or off, both ways; false if they are off for another reason. */
    boolean setSegmentation(boolean wanted, InterfaceCalls calls, NativeFd fd) {
        if (none != null) {
            return false;
        }
        refusals.set(0);
        off = wanted ? null : "switched off";
        ask(calls, fd, wanted);
        return wanted && (noTcp == null || noUdp == null);
    }

    String describe() {
        if (none != null) {
            return "offload off (" + none + ")";
        }
        String in = (handedOver & TCP) == 0 ? "none" : (handedOver & UDP) == 0 ? "TCP" : "TCP and UDP";
        String now = off;
        if (now != null) {
            return "super-segments in " + in + ", out none (" + now + ")";
        }
        return "super-segments in " + in + ", out " + out();
    }

    private String out() {
        if (noTcp == null) {
            return noUdp == null ? "TCP and UDP" : "TCP (" + noUdp + ")";
        }
        return noUdp == null ? "UDP (" + noTcp + ")" : "none (" + noTcp + ", " + noUdp + ")";
    }
}
