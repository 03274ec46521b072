// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import io.pktkit.device.L3Device;
import io.pktkit.impair.ImpairedLink;
import io.pktkit.impair.Impairment;
import io.pktkit.interop.Commands;
import io.pktkit.interop.NetworkNamespace;
import io.pktkit.link.Links;
import io.pktkit.tuntap.Tun;
import io.pktkit.tuntap.TunConfig;
import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Bad links that run through this process. Each lane has two of them with the same impairment and the same seed: one
 * between two Linux hosts, one between an engine and a Linux host. What happens to the n-th packet of the one happens to
 * the n-th packet of the other.
 */
final class ImpairedNetwork implements AutoCloseable {
    private final NetworkNamespace near = new NetworkNamespace();
    private final NetworkNamespace far;
    private final String prefix =
            Integer.toHexString(ThreadLocalRandom.current().nextInt() & 0xffffff);
    private final List<L3Device> devices = new ArrayList<>();
    private final List<EngineHost> engines = new ArrayList<>();

    ImpairedNetwork(TcpConfig config, List<Impairment> lanes) throws IOException {
        try {
            far = new NetworkNamespace();
        } catch (RuntimeException | Error e) {
            near.close();
            throw e;
        }
        try {
            for (int lane = 0; lane < lanes.size(); lane++) {
                build(lane, config, lanes.get(lane));
            }
        } catch (IOException | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private void build(int lane, TcpConfig config, Impairment impairment) throws IOException {
        EngineHost engine = new EngineHost(config, IsnSource.random());
        engine.setPrefix(IpPrefix.of(IpAddress.parse("10.101." + lane + ".1"), 24));
        engines.add(engine);
        Tun linux = tun("n" + lane, near, "10.100." + lane + ".1");
        join(tun("f" + lane, far, "10.100." + lane + ".2"), linux, impairment);
        join(tun("o" + lane, far, "10.101." + lane + ".2"), engine, impairment);
    }

    private Tun tun(String suffix, NetworkNamespace namespace, String address) throws IOException {
        String name = "i" + prefix + suffix;
        Tun tun = Tun.open(TunConfig.builder()
                .name(name)
                .up(false)
                .offload(TunNetwork.OFFLOAD)
                .build());
        devices.add(tun);
        Commands.run(
                        TunNetwork.LIMIT,
                        "sh",
                        "-c",
                        "ip link set " + name + " netns " + namespace.name() + " && ip -n " + namespace.name()
                                + " addr add " + address + "/24 dev " + name + " && ip -n " + namespace.name()
                                + " link set " + name + " up txqueuelen 1000")
                .expectSuccess();
        return tun;
    }

    private void join(Tun farEnd, L3Device nearEnd, Impairment impairment) {
        ImpairedLink.on(Links.connect(farEnd, nearEnd).second(), impairment);
    }

    EngineHost engine(int lane) {
        return engines.get(lane);
    }

    /** The address of the Linux host at the far end of a lane's link. */
    static IpAddress far(int lane, boolean fromEngine) {
        return IpAddress.parse("10." + (fromEngine ? 101 : 100) + "." + lane + ".2");
    }

    LinuxPeer listening(int lane, boolean forEngine, String options, String... actions) throws IOException {
        return new LinuxPeer(far.name(), LinuxPeer.words(options, "tcp-listen", far(lane, forEngine), 0, actions));
    }

    LinuxPeer connecting(int lane, int port, String options, String... actions) throws IOException {
        return new LinuxPeer(near.name(), LinuxPeer.words(options, "tcp-connect", far(lane, false), port, actions));
    }

    /** Runs a shell command where the near ends of Linux are. */
    String runNear(String command) {
        return near.exec(TunNetwork.LIMIT, "sh", "-c", command).expectSuccess().output();
    }

    /** Runs a shell command where the far ends are. */
    String runFar(String command) {
        return far.exec(TunNetwork.LIMIT, "sh", "-c", command).expectSuccess().output();
    }

    @Override
    public void close() {
        try (near;
                far) {
            devices.forEach(L3Device::close);
            engines.forEach(L3Device::close);
        }
    }
}
