// SPDX-License-Identifier: MIT
package io.pktkit.interop.qemu;

import io.pktkit.device.L2Device;
import io.pktkit.interop.HostServer;
import io.pktkit.lab.Lan;
import io.pktkit.lab.LanConfig;
import io.pktkit.link.Serve;
import io.pktkit.qemu.QemuAddress;
import io.pktkit.qemu.QemuArguments;
import io.pktkit.qemu.QemuConfig;
import io.pktkit.qemu.QemuListener;
import io.pktkit.qemu.QemuVersion;
import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A {@link Lan} served with what connects to a listener, and a web server of the host. */
final class QemuLan implements AutoCloseable {

    static final int LIMIT_SECONDS = 120;

    final HostServer server = new HostServer();
    final Lan lan;
    final QemuListener listener;

    /** Each guest's device, when it is on the network. */
    final BlockingQueue<L2Device> arrived = new LinkedBlockingQueue<>();

    private final GuestImage image;
    private final List<QemuGuest> guests = new ArrayList<>();
    private final Serve<L2Device, Frame> serve;

    QemuLan(GuestImage image, QemuAddress address) throws IOException {
        this.image = image;
        this.lan = Lan.open(LanConfig.builder().allowHost(server.port()).build());
        this.listener = QemuListener.open(address, QemuConfig.DEFAULT);
        this.serve = Serve.start(listener, device -> {
            var place = lan.connect(device);
            arrived.add(device);
            return place;
        });
    }

    /** A guest that connects as the installed QEMU is told to by us. */
    QemuGuest addGuest(int number) throws IOException, InterruptedException {
        return addGuest(number, QemuVersion.installed());
    }

    /** The same in the form for another version, which the installed one still understands. */
    QemuGuest addGuest(int number, QemuVersion form) throws IOException, InterruptedException {
        return addGuest(QemuArguments.connectingTo(listener.address(), form).mac(mac(number)));
    }

    QemuGuest addGuest(QemuArguments card) throws IOException, InterruptedException {
        QemuGuest guest = QemuGuest.start(image, card.list());
        guests.add(guest);
        return guest;
    }

    static MacAddress mac(int number) {
        return MacAddress.of(0x52_54_00_00_00_00L + number);
    }

    L2Device awaitDevice() throws InterruptedException {
        L2Device device = arrived.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
        if (device == null) {
            throw new AssertionError("no guest connected");
        }
        return device;
    }

    /** Downloads in the guest through the NAT, and compares. */
    void download(QemuGuest guest, long bytes) throws IOException, InterruptedException {
        String got = guest.run("wget -q -O - " + url(bytes) + " | sha256sum");
        if (!got.startsWith(HostServer.sha256(bytes))) {
            throw new AssertionError("the download differs: " + got);
        }
    }

    String url(long bytes) {
        return "http://host." + lan.domain() + ":" + server.port() + "/data/" + bytes;
    }

    @Override
    public void close() {
        guests.forEach(QemuGuest::close);
        serve.close();
        lan.close();
        server.close();
    }
}
