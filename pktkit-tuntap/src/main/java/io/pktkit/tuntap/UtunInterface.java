// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.nativeio.NativeFd;
import io.pktkit.nativeio.NativePlatform;
import io.pktkit.nativeio.darwin.UtunSocket;
import io.pktkit.tuntap.UtunCommands.RouteChange;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A utun interface of macOS, configured by the system's own commands. It is up from the start. Nothing tells of changes that
 * others make, and nothing unfinished is taken or handed over.
 */
final class UtunInterface extends KernelInterface {

    /** {@code UTUN_DEFAULT_MTU} of XNU. */
    private static final int DEFAULT_MTU = 1500;

    /** What {@code route} says of a destination that has a route, and of one that has none. */
    private static final String EXISTS = "File exists";

    private static final String NOT_THERE = "not in table";

    /** What {@code ifconfig} says of an address that the interface has not: EADDRNOTAVAIL. */
    private static final String NOT_ASSIGNED = "assign requested address";

    private final SystemCommand commands;
    private final InterfaceOffloads offloads = InterfaceOffloads.none("macOS has none for TUN");
    private volatile int mtu = DEFAULT_MTU;

    UtunInterface(NativeFd fd, String name, InterfaceCalls calls, SystemCommand commands) {
        super(name, List.of(fd), calls);
        this.commands = commands;
    }

    /** Makes the interface, configures it, and makes its device; on failure nothing of it is left. */
    static <D> D open(InterfaceConfig config, Opener<UtunInterface, D> device) throws IOException {
        if (config.queues() > 1) {
            throw new UnsupportedOperationException(
                    "a TUN device of several queues is not available: " + NativePlatform.unsupported());
        }
        UtunSocket socket = UtunSocket.open(number(config.name()));
        return open(
                new UtunInterface(socket.fd(), socket.name(), new InterfaceCalls(), new SystemCommand.Real()),
                config,
                device);
    }

    /** Configures an interface that was made, and makes its device. */
    static <D> D open(UtunInterface kernel, InterfaceConfig config, Opener<UtunInterface, D> device)
            throws IOException {
        try {
            if (!config.up()) {
                kernel.setUp(false);
            }
            kernel.configure(config);
            return device.open(kernel);
        } catch (IOException | RuntimeException | Error failure) {
            kernel.close();
            throw failure;
        }
    }

    /** The number in a name that macOS would give. */
    static int number(String name) throws IOException {
        if (name.isEmpty()) {
            return UtunSocket.ANY;
        }
        if (name.startsWith(UtunSocket.PREFIX)) {
            try {
                int number = Integer.parseInt(name.substring(UtunSocket.PREFIX.length()));
                if (number >= 0 && number <= UtunSocket.MAX_NUMBER && name.equals(UtunSocket.PREFIX + number)) {
                    return number;
                }
            } catch (NumberFormatException other) {
                throw wrongName(name);
            }
        }
        throw wrongName(name);
    }

    private static IOException wrongName(String name) {
        return new IOException("open TUN interface " + name + ": macOS names them utun0, utun1 and so on: choose such a"
                + " name, or none");
    }

    @Override
    boolean isEthernet() {
        return false;
    }

    @Override
    InterfaceOffloads offloads() {
        return offloads;
    }

    @Override
    DriverHeader header() {
        return new FamilyHeader();
    }

    @Override
    int mtu() {
        return mtu;
    }

    @Override
    @Nullable
    NativeFd changes() {
        return null;
    }

    @Override
    int changedMtu() {
        return 0;
    }

    @Override
    void setMtu(int mtu) throws IOException {
        InterfaceConfig.checkMtu(mtu);
        run(settingMtu(mtu), UtunCommands.mtu(name(), mtu));
        this.mtu = mtu;
    }

    @Override
    boolean wasUp() {
        return true;
    }

    @Override
    void setUp(boolean up) throws IOException {
        run(settingUp(up), UtunCommands.up(name(), up));
    }

    @Override
    void giveAddress(IpPrefix address) throws IOException {
        run(giving(address), UtunCommands.giveAddress(name(), address));
        if (hasSubnet(address)) {
            try {
                addRoute(new InterfaceRoute(address, null));
            } catch (IOException failure) {
                commands.run(UtunCommands.takeAddress(name(), address));
                throw failure;
            }
        }
    }

    @Override
    void takeAddress(IpPrefix address) throws IOException {
        if (hasSubnet(address)) {
            InterfaceRoute subnet = new InterfaceRoute(address, null);
            runUnless(NOT_THERE, taking(address), UtunCommands.route(name(), RouteChange.DELETE, subnet));
        }
        runUnless(NOT_ASSIGNED, taking(address), UtunCommands.takeAddress(name(), address));
    }

    private static boolean hasSubnet(IpPrefix address) {
        return address.length() < address.family().maxPrefixLength();
    }

    @Override
    void addRoute(InterfaceRoute route) throws IOException {
        if (!runUnless(EXISTS, routing(route), UtunCommands.route(name(), RouteChange.ADD, route))) {
            run(routing(route), UtunCommands.route(name(), RouteChange.CHANGE, route));
        }
    }

    private void run(String what, List<String> command) throws IOException {
        String complaint = commands.run(command);
        if (!complaint.isEmpty()) {
            throw failed(what, command, complaint);
        }
    }

    /** As {@link #run}, but false for a complaint that was to be expected. */
    private boolean runUnless(String expected, String what, List<String> command) throws IOException {
        String complaint = commands.run(command);
        if (!complaint.isEmpty() && !complaint.contains(expected)) {
            throw failed(what, command, complaint);
        }
        return complaint.isEmpty();
    }

    private static IOException failed(String what, List<String> command, String complaint) {
        return new IOException(what + ": " + String.join(" ", command) + ": " + complaint);
    }

    @Override
    public void close() {
        queues().forEach(NativeFd::close);
    }
}
