// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import io.pktkit.device.L2Connector;
import io.pktkit.device.L2Device;
import io.pktkit.lab.Lan;
import io.pktkit.lab.LanConfig;
import io.pktkit.link.Serve;
import io.pktkit.qemu.QemuAddress;
import io.pktkit.qemu.QemuArguments;
import io.pktkit.qemu.QemuConfig;
import io.pktkit.qemu.QemuDevice;
import io.pktkit.qemu.QemuListener;
import io.pktkit.qemu.QemuVersion;
import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import picocli.CommandLine.Option;

/** QEMU guests, by a socket on which they come, or where QEMU listens. */
final class QemuPart implements UpPart {
    private static final String CONNECT = "connect:";
    private static final String ISOLATED = ",isolated";

    /** QEMU's own prefix for the cards of its guests. */
    private static final long MAC_PREFIX = 0x52_54_00_00_00_00L;

    @Option(
            names = "--qemu",
            paramLabel = "[connect:]unix:PATH|tcp:HOST:PORT[,isolated]",
            description = {
                "Let QEMU guests come on a Unix socket or TCP port, each one a guest of the LAN; or, with",
                "connect:, go to where QEMU listens. With isolated, each guest is alone with the gateway.",
                "The arguments for QEMU are printed. May be given more than once."
            })
    private List<String> texts = List.of();

    private final List<Endpoint> endpoints = new ArrayList<>();
    private int mtu;

    /** One of the option's values. */
    private record Endpoint(String text, boolean dialled, boolean isolated, QemuAddress address) {
        static Endpoint parse(String text) {
            boolean dialled = text.startsWith(CONNECT);
            boolean isolated = text.endsWith(ISOLATED);
            QemuAddress address = QemuAddress.parse(
                    text.substring(dialled ? CONNECT.length() : 0, text.length() - (isolated ? ISOLATED.length() : 0)));
            return new Endpoint(text, dialled, isolated, address);
        }

        Endpoint at(QemuAddress bound) {
            return new Endpoint(text, dialled, isolated, bound);
        }

        /** As it is wherever QEMU is started, if it can be told so. */
        QemuAddress wherever() {
            if (!address.isUnix()) {
                return address;
            }
            Path absolute = address.path().toAbsolutePath();
            return QemuAddress.unix(absolute.toString().length() > 100 ? address.path() : absolute);
        }
    }

    @Override
    public boolean attaches() {
        return !texts.isEmpty();
    }

    @Override
    public void configure(LanConfig.Builder config) throws UsageException {
        for (String text : texts) {
            Options.set("--qemu", text, () -> endpoints.add(Endpoint.parse(text)));
        }
    }

    @Override
    public void open(RunningLan running) throws UsageException {
        mtu = running.lan().mtu();
        QemuConfig config = QemuConfig.DEFAULT.withMtu(mtu);
        for (int i = 0; i < endpoints.size(); i++) {
            Endpoint endpoint = endpoints.get(i);
            try {
                if (endpoint.dialled()) {
                    dial(running, endpoint, config);
                } else {
                    endpoints.set(i, endpoint.at(listen(running, endpoint, config)));
                }
            } catch (IOException e) {
                throw new UsageException("--qemu " + endpoint.text() + ": " + e.getMessage(), e);
            }
        }
    }

    private static L2Connector network(Lan lan, Endpoint endpoint) {
        return endpoint.isolated() ? lan.isolatedGuests() : lan;
    }

    private static void dial(RunningLan running, Endpoint endpoint, QemuConfig config) throws IOException {
        QemuDevice device = running.own(QemuDevice.keepDialled(endpoint.address(), config));
        String name = endpoint.address().toString();
        L2Device guest = new AnnouncedGuest(device, place -> running.attached(name, place));
        running.own(network(running.lan(), endpoint).connect(guest));
    }

    private static QemuAddress listen(RunningLan running, Endpoint endpoint, QemuConfig config) throws IOException {
        QemuListener listener = QemuListener.open(endpoint.address(), config);
        L2Connector network = network(running.lan(), endpoint);
        String name = listener.address().toString();
        running.own(Serve.<L2Device, Frame>start(
                listener, guest -> network.connect(new AnnouncedGuest(guest, place -> running.attached(name, place)))));
        return listener.address();
    }

    @Override
    public List<String> ready() {
        return endpoints.stream().map(endpoint -> "qemu " + endpoint.address()).toList();
    }

    @Override
    public List<String> hints() {
        if (endpoints.isEmpty()) {
            return List.of();
        }
        QemuVersion version = QemuVersion.STREAM;
        String found;
        try {
            version = QemuVersion.installed();
            found = "QEMU " + version;
        } catch (IOException missing) {
            found = "QEMU " + version + " or newer; " + missing.getMessage();
        }
        List<String> hints = new ArrayList<>();
        for (Endpoint endpoint : endpoints) {
            hints.add("start a guest of " + endpoint.address() + " with these arguments (for " + found + "):");
            hints.add("  " + arguments(endpoint, version));
        }
        hints.add("each guest needs a mac of its own: this one is random");
        return hints;
    }

    private String arguments(Endpoint endpoint, QemuVersion version) {
        MacAddress mac = MacAddress.of(MAC_PREFIX | ThreadLocalRandom.current().nextInt(1 << 24));
        try {
            QemuArguments arguments = endpoint.dialled()
                    ? QemuArguments.listeningAt(endpoint.wherever(), version)
                    : QemuArguments.connectingTo(endpoint.wherever(), version);
            return arguments.mac(mac).mtu(mtu).toString();
        } catch (IOException cannot) {
            return String.valueOf(cannot.getMessage());
        }
    }
}
