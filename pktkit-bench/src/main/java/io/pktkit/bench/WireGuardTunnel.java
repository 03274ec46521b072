// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.datagram.DatagramCounter;
import io.pktkit.datagram.OffloadMode;
import io.pktkit.link.Links;
import io.pktkit.tuntap.Tun;
import io.pktkit.tuntap.TunConfig;
import io.pktkit.wg.WgCipher;
import io.pktkit.wg.WgIdentity;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wg.tunnel.WgDevice;
import io.pktkit.wg.tunnel.WgPort;
import io.pktkit.wg.tunnel.WgPortConfig;
import io.pktkit.wg.uapi.UapiServer;
import java.io.IOException;
import java.security.SecureRandom;

/**
 * A WireGuard interface of Linux, configured by {@code wg} as wireguard-go is, with super-segments on both sides where the
 * kernel has them. Run by {@code e2e/wireguard}.
 */
public final class WireGuardTunnel {

    private WireGuardTunnel() {}

    /**
     * Makes the interface, says what it is made of, and serves until it is killed.
     *
     * @param args the interface's name; {@code jca} or {@code libcrypto}, {@code jca} if left out; {@code off} for no
     *     super-segments
     * @throws IOException naming what cannot be had
     * @throws InterruptedException if it is interrupted
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        boolean libcrypto = args.length > 1 && args[1].equals("libcrypto");
        WgCipher cipher = libcrypto ? WgCipher.libcrypto() : WgCipher.jca();
        OffloadMode offload = args.length > 2 && args[2].equals("off") ? OffloadMode.OFF : OffloadMode.AUTO;
        WgPortConfig config = WgPortConfig.builder()
                .datagrams(DatagramConfig.builder().offload(offload).build())
                .engine(engine -> engine.cipher(cipher))
                .build();
        try (WgPort port = WgPort.open(config);
                Tun tun = Tun.open(TunConfig.builder()
                        .name(args[0])
                        .mtu(WgIdentity.DEFAULT_MTU)
                        .offload(offload)
                        .build());
                WgDevice device = port.addDevice(WgPrivateKey.generate(new SecureRandom()))) {
            Links.connect(tun, device);
            try (UapiServer socket = UapiServer.open(args[0], port, device.peers(), UapiServer.STANDARD)) {
                System.out.println("ready: " + socket.path() + ", " + port.describe() + "; " + tun.name() + ": "
                        + tun.describeOffloads() + ", JDK " + Runtime.version().feature());
                Runtime.getRuntime().addShutdownHook(new Thread(() -> report(port, tun, device)));
                Thread.sleep(Long.MAX_VALUE);
            }
        }
    }

    /** What went which way, so that a figure can be told from one without super-segments. */
    private static void report(WgPort port, Tun tun, WgDevice device) {
        System.out.println("tun: " + tun.stats().snapshot());
        System.out.println("tunnel: " + device.stats().snapshot());
        StringBuilder datagrams =
                new StringBuilder("datagrams: ").append(port.endpoint().stats().snapshot());
        for (DatagramCounter counter : DatagramCounter.values()) {
            datagrams
                    .append(", ")
                    .append(counter)
                    .append(' ')
                    .append(port.endpoint().counter(counter));
        }
        System.out.println(datagrams);
    }
}
