// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import io.pktkit.datagram.OffloadMode;
import io.pktkit.device.L3Connector;
import io.pktkit.device.L3Device;
import io.pktkit.impair.ImpairedLink;
import io.pktkit.impair.Impairment;
import io.pktkit.interop.Await;
import io.pktkit.interop.NetworkNamespace;
import io.pktkit.link.Links;
import io.pktkit.tuntap.Tun;
import io.pktkit.tuntap.TunConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** A wire between a kernel of its own (a network namespace) and a device or NAT of ours, with an address of each family. */
final class TunNetwork implements AutoCloseable {
    static final Duration LIMIT = Await.LIMIT;

    /** Whether super-segments and pending checksums cross to the kernel: {@code -Dpktkit.interop.offload=off} forbids it. */
    static final OffloadMode OFFLOAD = OffloadMode.valueOf(
            System.getProperty("pktkit.interop.offload", "auto").toUpperCase(Locale.ROOT));

    private final NetworkNamespace namespace = new NetworkNamespace();
    private final Tun tun;
    private final @Nullable L3Device ours;
    private Duration peerLimit = LinuxPeer.LIMIT;

    /** Joins a device of ours, which is closed with the network. */
    TunNetwork(int mtu, L3Device ours) throws IOException {
        this(mtu, ours, tun -> {
            ours.setPrefix(IpPrefix.of(ours(IpFamily.IPV4), 24));
            ours.setPrefix(IpPrefix.of(ours(IpFamily.IPV6), 64));
            return Links.connect(tun, ours).first();
        });
    }

    /** Joins a network of ours, such as a NAT, which stays the caller's to close. */
    TunNetwork(int mtu, L3Connector ours) throws IOException {
        this(mtu, null, ours);
    }

    private TunNetwork(int mtu, @Nullable L3Device ours, L3Connector network) throws IOException {
        this.ours = ours;
        String name = "tn" + Integer.toHexString(ThreadLocalRandom.current().nextInt());
        try {
            tun = Tun.open(TunConfig.builder()
                    .name(name)
                    .mtu(mtu)
                    .up(false)
                    .offload(OFFLOAD)
                    .build());
        } catch (IOException e) {
            namespace.close();
            throw e;
        }
        try {
            namespace.adopt(name);
            run("ip addr add " + linux(IpFamily.IPV4) + "/24 dev " + name);
            run("ip addr add " + linux(IpFamily.IPV6) + "/64 dev " + name + " nodad");
            run("ip link set " + name + " up txqueuelen 1000");
            network.connect(tun);
        } catch (IOException | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** Puts a bad link before the device of ours. */
    ImpairedLink<Packet> impair(Impairment impairment) {
        return ImpairedLink.on(
                Objects.requireNonNull(Objects.requireNonNull(ours).attachment()), impairment);
    }

    static IpAddress linux(IpFamily family) {
        return IpAddress.parse(family == IpFamily.IPV4 ? "10.99.0.1" : "fd99::1");
    }

    static IpAddress ours(IpFamily family) {
        return IpAddress.parse(family == IpFamily.IPV4 ? "10.99.0.2" : "fd99::2");
    }

    /** Runs a shell command in the namespace, which must succeed. */
    String run(String command) {
        return namespace.exec(LIMIT, "sh", "-c", command).expectSuccess().output();
    }

    /** Gives the peers that are started from now on longer than a minute. */
    void setPeerLimit(Duration limit) {
        peerLimit = limit;
    }

    void adopt(String interfaceName) {
        namespace.adopt(interfaceName);
    }

    /** Starts {@code peer.py} with these words. */
    LinuxPeer peer(String... words) throws IOException {
        return new LinuxPeer(peerLimit, namespace.name(), words);
    }

    /** Starts another script of the resources. */
    LinuxPeer script(String name, Object... words) throws IOException {
        String[] told = Arrays.stream(words).map(Object::toString).toArray(String[]::new);
        return LinuxPeer.script(peerLimit, namespace.name(), name, told);
    }

    /** Starts a peer that listens on a port of the kernel's choice. */
    LinuxPeer listening(IpFamily family, String options, String... actions) throws IOException {
        return peer(LinuxPeer.words(options, "tcp-listen", linux(family), 0, actions));
    }

    /** Starts a peer that connects to a port of ours. */
    LinuxPeer connecting(IpFamily family, int port, String options, String... actions) throws IOException {
        return peer(LinuxPeer.words(options, "tcp-connect", ours(family), port, actions));
    }

    @Override
    public void close() {
        if (ours != null) {
            ours.close();
        }
        tun.close();
        namespace.close();
    }
}
