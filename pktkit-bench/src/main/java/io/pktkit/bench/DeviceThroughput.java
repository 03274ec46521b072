// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.afpacket.AfPacket;
import io.pktkit.afpacket.AfPacketConfig;
import io.pktkit.afxdp.AfXdp;
import io.pktkit.afxdp.AfXdpConfig;
import io.pktkit.afxdp.capture.XdpMode;
import io.pktkit.device.Burst;
import io.pktkit.device.L2Device;
import io.pktkit.tuntap.Tap;
import io.pktkit.tuntap.TapConfig;
import io.pktkit.wire.Checksum;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpPrefix;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Ethernet frames through an interface by AF_XDP, packet sockets or a TAP, for {@code e2e/xdp} to measure beside a program in C
 * that does the same. Tells when it is ready, and for each line of its input how many frames that were, and how many bytes
 * the threads that moved them have allocated.
 */
public final class DeviceThroughput {

    private static final int BATCH = 64;
    private static final int LENGTH = 60;

    private static final AtomicLong SENT = new AtomicLong();

    private DeviceThroughput() {}

    /**
     * Moves frames until its input ends.
     *
     * @param args {@code xdp}, {@code packet} or {@code tap}; {@code rx}, {@code tx} or {@code forward}; the interface, and for
     *     {@code forward} the one to send by
     * @throws IOException when an interface cannot be had
     */
    public static void main(String[] args) throws IOException {
        L2Device one = open(args[0], args[2], !args[1].equals("tx"));
        L2Device two = args[1].equals("forward") ? open(args[0], args[3], false) : null;
        if (args[1].equals("tx")) {
            Thread sender = new Thread(() -> send(one), "sender");
            sender.setDaemon(true);
            sender.start();
        } else if (two != null) {
            one.attach(two::send);
        } else {
            one.attach(frame -> {});
        }
        System.out.println("ready");
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        while (input.readLine() != null) {
            long frames =
                    args[1].equals("tx") ? SENT.get() : one.stats().snapshot().receivedPackets();
            System.out.println(frames + " " + allocated());
        }
    }

    private static L2Device open(String kind, String name, boolean receives) throws IOException {
        return switch (kind) {
            case "xdp" -> {
                AfXdpConfig.Builder config = AfXdpConfig.builder(name).mode(XdpMode.DRIVER);
                yield AfXdp.open((receives ? config.capture(IpPrefix.parse("10.99.0.0/24")) : config).build());
            }
            case "packet" -> AfPacket.open(AfPacketConfig.builder(name).build());
            case "tap" -> Tap.open(TapConfig.builder().name(name).build());
            default -> throw new IllegalArgumentException("no such device: kind=" + kind);
        };
    }

    private static void send(L2Device device) {
        Frame frame = new Frame().wrap(bytes(), 0, LENGTH);
        while (!Thread.interrupted()) {
            Burst burst = Burst.open();
            int sent = 0;
            for (int i = 0; i < BATCH; i++) {
                if (device.send(frame)) {
                    sent++;
                }
            }
            burst.close();
            SENT.addAndGet(sent);
        }
    }

    /** The frame of {@code devices.c}: UDP without a checksum, to an address that the device captures. */
    private static ByteBuffer bytes() {
        ByteBuffer bytes = ByteBuffer.allocateDirect(LENGTH);
        bytes.putLong(0, 0x0200_0000_0002_0200L).putInt(8, 1).putShort(12, (short) 0x0800);
        bytes.putInt(14, 0x4500_002e)
                .putInt(22, 0x4011_0000)
                .putInt(26, 0x0a63_0001)
                .putInt(30, 0x0a63_0002);
        bytes.putShort(24, (short) Checksum.internet(bytes, 14, 20));
        bytes.putInt(34, 0x1000_1000).putInt(38, 0x001a_0000);
        return bytes;
    }

    /** Of all threads but the one that tells: what the Java threads allocate is not the compiler's. */
    private static long allocated() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long own = Thread.currentThread().getId();
        long sum = 0;
        for (long id : threads.getAllThreadIds()) {
            if (id != own) {
                sum += Math.max(0, threads.getThreadAllocatedBytes(id));
            }
        }
        return sum;
    }
}
