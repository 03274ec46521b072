// SPDX-License-Identifier: MIT
package io.pktkit.qemu;

import io.pktkit.device.AbstractDevice;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What to start QEMU with, so that its guest has a network card whose cable ends here. Immutable.
 *
 * <p>From 7.2 on it is {@code -netdev stream}, told to connect again from 8.0 on, by {@code reconnect=} in seconds up to 9.1 and
 * by {@code reconnect-ms=} since; before 7.2 it is {@code -netdev socket}, which knows neither Unix sockets nor that. The guest's
 * card is a {@code virtio-net-pci}.
 *
 * <p>Give each guest of a network a {@link #mac} of its own: QEMU gives the same one to all that say nothing.
 */
public final class QemuArguments {

    private static final Duration DEFAULT_RECONNECT = Duration.ofSeconds(1);

    /** What a POSIX shell takes as it is. */
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:,=@%+-]+");

    private final String backend;
    private final String options;
    private final String id;
    private final String mac;
    private final int mtu;

    private QemuArguments(String backend, String options, String id, String mac, int mtu) {
        this.backend = backend;
        this.options = options;
        this.id = id;
        this.mac = mac;
        this.mtu = mtu;
    }

    /**
     * Lets QEMU connect to a {@link QemuListener}, and again after a second if it can.
     *
     * @param listener where that listens
     * @param version of QEMU
     * @return the arguments
     * @throws IOException if this QEMU cannot: the message tells what could
     */
    public static QemuArguments connectingTo(QemuAddress listener, QemuVersion version) throws IOException {
        return connectingTo(listener, version, DEFAULT_RECONNECT);
    }

    /**
     * Lets QEMU connect to a {@link QemuListener}, and again if it can.
     *
     * @param listener where that listens
     * @param version of QEMU
     * @param reconnect the pause before, at least a millisecond; before 9.2 rounded up to seconds
     * @return the arguments
     * @throws IOException if this QEMU cannot: the message tells what could
     */
    public static QemuArguments connectingTo(QemuAddress listener, QemuVersion version, Duration reconnect)
            throws IOException {
        if (reconnect.toMillis() < 1) {
            throw new IllegalArgumentException("reconnect must be a millisecond or more: reconnect=" + reconnect);
        }
        if (!version.isAtLeast(QemuVersion.STREAM)) {
            return socket("connect=" + socketTarget(listener, version));
        }
        return stream("server=off," + streamTarget(listener) + reconnecting(version, reconnect));
    }

    /**
     * Lets QEMU listen for a {@link QemuDevice} that is dialled.
     *
     * @param address where QEMU is to listen
     * @param version of QEMU
     * @return the arguments
     * @throws IOException if this QEMU cannot: the message tells what could
     */
    public static QemuArguments listeningAt(QemuAddress address, QemuVersion version) throws IOException {
        return version.isAtLeast(QemuVersion.STREAM)
                ? stream("server=on," + streamTarget(address))
                : socket("listen=" + socketTarget(address, version));
    }

    /**
     * Lets QEMU send each frame as a UDP datagram, to a {@link QemuDatagramDevice}.
     *
     * @param ours where the device is bound, an address and port of IPv4
     * @param qemus where QEMU is to be bound, and the device sends to
     * @param version of QEMU
     * @return the arguments
     */
    public static QemuArguments datagrams(QemuAddress ours, QemuAddress qemus, QemuVersion version) {
        if (ours.isUnix() || qemus.isUnix()) {
            throw new IllegalArgumentException("not an UDP port: ours=" + ours + " qemus=" + qemus);
        }
        if (!version.isAtLeast(QemuVersion.STREAM)) {
            return socket("udp=" + ours.host() + ":" + ours.port() + ",localaddr=" + qemus.host() + ":" + qemus.port());
        }
        return new QemuArguments(
                "dgram",
                "local.type=inet,local.host=" + escaped(qemus.host()) + ",local.port=" + qemus.port()
                        + ",remote.type=inet,remote.host=" + escaped(ours.host()) + ",remote.port=" + ours.port(),
                "net0",
                "",
                AbstractDevice.DEFAULT_MTU);
    }

    private static QemuArguments stream(String options) {
        return new QemuArguments("stream", options, "net0", "", AbstractDevice.DEFAULT_MTU);
    }

    private static QemuArguments socket(String options) {
        return new QemuArguments("socket", options, "net0", "", AbstractDevice.DEFAULT_MTU);
    }

    private static String reconnecting(QemuVersion version, Duration pause) {
        if (version.isAtLeast(QemuVersion.RECONNECT_MS)) {
            return ",reconnect-ms=" + pause.toMillis();
        }
        return version.isAtLeast(QemuVersion.RECONNECT)
                ? ",reconnect=" + pause.plusSeconds(1).minusNanos(1).toSeconds()
                : "";
    }

    private static String streamTarget(QemuAddress address) {
        return address.isUnix()
                ? "addr.type=unix,addr.path=" + escaped(address.path().toString())
                : "addr.type=inet,addr.host=" + escaped(address.host()) + ",addr.port=" + address.port();
    }

    private static String socketTarget(QemuAddress address, QemuVersion version) throws IOException {
        if (address.isUnix()) {
            throw new IOException("QEMU " + version + " has no -netdev stream and knows no Unix sockets: use QEMU "
                    + QemuVersion.STREAM + " or newer, or tcp:127.0.0.1:PORT in place of " + address);
        }
        if (address.host().contains(":")) {
            throw new IOException("QEMU " + version + " has no -netdev stream and knows no IPv6: use QEMU "
                    + QemuVersion.STREAM + " or newer, or tcp:127.0.0.1:PORT in place of " + address);
        }
        return address.host() + ":" + address.port();
    }

    /** A comma ends an option, unless it is doubled. */
    private static String escaped(String value) {
        return value.replace(",", ",,");
    }

    /**
     * Names the pair of backend and card, for guests with several.
     *
     * @param name letters, digits, and {@code . _ -}, beginning with a letter; {@code net0} unless it is changed
     * @return the changed arguments
     */
    public QemuArguments id(String name) {
        if (!name.matches("[A-Za-z][A-Za-z0-9._-]*")) {
            throw new IllegalArgumentException("no name of a device: id=" + name);
        }
        return new QemuArguments(backend, options, name, mac, mtu);
    }

    /**
     * Gives the card an address.
     *
     * @param address not a group's
     * @return the changed arguments
     */
    public QemuArguments mac(MacAddress address) {
        if (address.isMulticast()) {
            throw new IllegalArgumentException("a card's address is not a group's: mac=" + address);
        }
        return new QemuArguments(backend, options, id, address.toString(), mtu);
    }

    /**
     * Tells the guest of an MTU other than 1500.
     *
     * @param bytes 68 to 65 535
     * @return the changed arguments
     */
    public QemuArguments mtu(int bytes) {
        if (bytes < 68 || bytes > 65_535) {
            throw new IllegalArgumentException("mtu must be in [68, 65535]: mtu=" + bytes);
        }
        return new QemuArguments(backend, options, id, mac, bytes);
    }

    /** {@return the arguments, each as a program is given it} */
    public List<String> list() {
        return List.of(
                "-netdev",
                backend + ",id=" + id + "," + options,
                "-device",
                "virtio-net-pci,netdev=" + id + (mac.isEmpty() ? "" : ",mac=" + mac)
                        + (mtu == AbstractDevice.DEFAULT_MTU ? "" : ",host_mtu=" + mtu));
    }

    /** {@return the arguments in one line for a shell, quoted where it is needed} */
    @Override
    public String toString() {
        return list().stream().map(QemuArguments::quoted).collect(Collectors.joining(" "));
    }

    private static String quoted(String argument) {
        return PLAIN.matcher(argument).matches() ? argument : "'" + argument.replace("'", "'\\''") + "'";
    }
}
