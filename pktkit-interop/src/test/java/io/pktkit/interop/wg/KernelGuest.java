// SPDX-License-Identifier: MIT
package io.pktkit.interop.wg;

import io.pktkit.interop.qemu.GuestImage;
import io.pktkit.interop.qemu.QemuGuest;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.util.List;

/**
 * The WireGuard of a Linux kernel, that of a guest: one card of it is on the wire, and what comes out of the tunnel it routes
 * to the other, behind which is the host that the tests speak with. Commands go to it over one serial line.
 *
 * <pre>
 *  198.18.x.1 host -- 198.18.x.2 guest 169.254.9.1 -- 169.254.9.2 namespace 10.77.0.2
 * </pre>
 */
final class KernelGuest implements AutoCloseable {
    /** What the host behind the guest is told: its interface, its address and the end of that. */
    static final String BEHIND = """
            ip addr add 169.254.9.2/30 dev %1$s
            ip addr add fd78::2/64 dev %1$s nodad
            ip link set %1$s mtu 1420 up
            ip addr add %2$s/32 dev %1$s
            ip addr add fd77::%3$s/128 dev %1$s nodad
            ip route add 10.77.0.0/16 via 169.254.9.1 dev %1$s src %2$s
            ip -6 route add fd77::1/128 via fd78::1 dev %1$s src fd77::%3$s
            """;

    private final String name;
    private final GuestImage image;
    private final QemuGuest guest;
    private int files;

    /** Starts one, whose cards are two TAP interfaces of the host that vanish with it. */
    KernelGuest(String wire, String behind) throws IOException {
        name = behind;
        image = GuestImage.createWithWireGuard();
        try {
            guest = QemuGuest.start(
                    image,
                    List.of(
                            "-netdev",
                            "tap,id=wire,script=no,downscript=no,ifname=" + wire,
                            "-device",
                            "virtio-net-pci,netdev=wire,addr=4,mac=52:54:00:77:00:01",
                            "-netdev",
                            "tap,id=behind,script=no,downscript=no,ifname=" + behind,
                            "-device",
                            "virtio-net-pci,netdev=behind,addr=5,mac=52:54:00:77:00:02"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            image.close();
            throw new IOException("interrupted while a guest starts", e);
        } catch (IOException | RuntimeException e) {
            image.close();
            throw e;
        }
    }

    void awaitUp() throws IOException {
        try {
            guest.awaitUp();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a guest boots", e);
        }
    }

    /** Gives it its addresses, its routes, and an interface with a key; it must be up. */
    void set(IpAddress wire, IpAddress wire6, WgPrivateKey key, int port) {
        run("cd /proc/sys/net && echo 1 >ipv4/ip_forward && echo 1 >ipv6/conf/all/forwarding"
                + " && echo 0 >ipv6/conf/eth0/accept_dad && echo 0 >ipv6/conf/eth1/accept_dad");
        run("ip addr add " + wire + "/24 dev eth0 && ip -6 addr add " + wire6 + "/64 dev eth0");
        run("ip addr add 169.254.9.1/30 dev eth1 && ip -6 addr add fd78::1/64 dev eth1"
                + " && ip link set eth1 mtu 1420 up");
        run("ip link add " + name + " type wireguard && wg set " + name + " private-key " + file(key.toBase64())
                + " listen-port " + port + " && ip link set " + name + " mtu 1420 up");
        run("ip route add 10.77.0.1/32 dev " + name + " && ip route add 10.77.1.0/24 dev " + name
                + " && ip -6 route add fd77::1/128 dev " + name);
        run("ip route add 10.77.0.0/24 via 169.254.9.2 && ip -6 route add fd77::/64 via fd78::2");
    }

    /** Makes a file there, and tells where. */
    synchronized String file(String content) {
        String path = "/tmp/f" + files++;
        run("echo " + content + " >" + path);
        return path;
    }

    void moveOnWire(IpAddress from, IpAddress to, int length) {
        run("ip addr del %1$s/%3$d dev eth0 && ip addr add %2$s/%3$d dev eth0".formatted(from, to, length));
    }

    /** Runs a command there, which must succeed. */
    synchronized String run(String command) {
        try {
            return guest.run(command);
        } catch (IOException e) {
            throw new AssertionError("cannot reach the guest: " + command, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while the guest does " + command, e);
        }
    }

    @Override
    public void close() {
        guest.close();
        image.close();
    }
}
