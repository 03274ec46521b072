// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPeerListener;
import io.pktkit.wg.WgPeerOptions;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wg.tunnel.WgDevice;
import io.pktkit.wg.tunnel.WgPort;
import io.pktkit.wg.tunnel.WgPortConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * What WireGuard peers cost that do nothing: many shake hands with one device over the loopback, and then only the timers
 * run, in real time. Both ends are in the process, and so are their figures. Run by {@code e2e/wireguard-idle}.
 */
public final class IdlePeers {
    private static final IpAddress LOOPBACK = IpAddress.parse("127.0.0.1");

    /** As many as one port takes. */
    private static final int IDENTITIES = 250;

    private static final int AT_ONCE = 50;
    private static final int SETTLING_SECONDS = 15;
    private static final double SECOND = 1e9;

    private IdlePeers() {}

    /**
     * Prints the processor time that they take.
     *
     * @param args peers, seconds to watch, seconds between the persistent keepalives of the far ends or 0 for none; 10000, 60
     *     and 0 if left out
     * @throws IOException if a port cannot be had
     * @throws InterruptedException if it is interrupted
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        int count = args.length > 0 ? Integer.parseInt(args[0]) : 10_000;
        int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 60;
        int keepalive = args.length > 2 ? Integer.parseInt(args[2]) : 0;
        SecureRandom random = new SecureRandom();
        Semaphore joining = new Semaphore(AT_ONCE);
        WgPortConfig config = WgPortConfig.builder()
                .datagrams(DatagramConfig.builder().address(LOOPBACK).build())
                .listener(new WgPeerListener() {
                    @Override
                    public void handshakeCompleted(WgPeer peer) {
                        joining.release();
                    }
                })
                .engine(engine -> engine.loadThreshold(1 << 20))
                .build();
        List<WgPort> ports = new ArrayList<>();
        try (WgPort server = WgPort.open(WgPortConfig.builder()
                .datagrams(DatagramConfig.builder().address(LOOPBACK).build())
                .engine(engine -> engine.loadThreshold(1 << 20))
                .build())) {
            WgDevice device = server.addDevice(WgPrivateKey.generate(random));
            WgEndpoint where = new WgEndpoint(LOOPBACK, server.port());
            for (int i = 0; i < count; i++) {
                if (i % IDENTITIES == 0) {
                    ports.add(WgPort.open(config));
                }
                WgDevice peer = ports.get(ports.size() - 1).addDevice(WgPrivateKey.generate(random));
                device.peers()
                        .add(
                                peer.identity().publicKey(),
                                WgPeerOptions.create().allowedIp(IpPrefix.of(IpAddress.ofIpv4(0x0A000000 + i), 32)));
                if (!joining.tryAcquire(1, TimeUnit.MINUTES)) {
                    throw new IOException("no handshake for a minute: peers=" + i);
                }
                peer.peers()
                        .connect(peer.peers()
                                .add(
                                        device.identity().publicKey(),
                                        WgPeerOptions.create().endpoint(where).persistentKeepalive(keepalive)));
            }
            if (!joining.tryAcquire(AT_ONCE, 1, TimeUnit.MINUTES)) {
                throw new IOException("no handshake for a minute: peers=" + count);
            }
            TimeUnit.SECONDS.sleep(SETTLING_SECONDS);
            com.sun.management.OperatingSystemMXBean system =
                    (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
            long cpu = system.getProcessCpuTime();
            long begun = System.nanoTime();
            TimeUnit.SECONDS.sleep(seconds);
            double share = (system.getProcessCpuTime() - cpu) / (double) (System.nanoTime() - begun);
            System.out.printf(
                    Locale.ROOT,
                    "%d peers, keepalive %d s: %.3f %% of a core in %.0f s, both ends%n",
                    count,
                    keepalive,
                    100 * share,
                    (System.nanoTime() - begun) / SECOND);
        } finally {
            ports.forEach(WgPort::close);
        }
    }
}
