// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.nativeio.NativeFd;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The interface as the kernel knows it: the descriptors that it hangs on, one for each queue, and how it is configured.
 * Configuration is guarded by this object's lock.
 */
abstract sealed class KernelInterface implements AutoCloseable permits LinuxInterface, UtunInterface {

    private final String name;
    private final List<NativeFd> queues;
    private final InterfaceCalls calls;

    private @Nullable IpPrefix ipv4;
    private @Nullable IpPrefix ipv6;

    /** Makes the device of an interface that was opened. */
    interface Opener<K extends KernelInterface, D> {

        D open(K kernel) throws IOException;
    }

    /** What is open already, to be closed when the rest fails. */
    static final class Opened {

        private final List<AutoCloseable> all = new ArrayList<>();

        <C extends AutoCloseable> C keep(C one) {
            all.add(one);
            return one;
        }

        void closeAfter(Throwable failure) {
            for (AutoCloseable one : all) {
                try {
                    one.close();
                } catch (Exception second) {
                    failure.addSuppressed(second);
                }
            }
        }
    }

    KernelInterface(String name, List<NativeFd> queues, InterfaceCalls calls) {
        this.name = name;
        this.queues = List.copyOf(queues);
        this.calls = calls;
    }

    /**
     * In the order that kernels need: a route needs its address and the interface up. What is so already is left alone: on
     * Linux, so that the owner of a persistent interface needs no privilege.
     */
    final void configure(InterfaceConfig config) throws IOException {
        if (config.mtu() != 0 && config.mtu() != mtu()) {
            setMtu(config.mtu());
        }
        if (config.up() && !wasUp()) {
            setUp(true);
        }
        for (IpPrefix address : config.addresses()) {
            setAddress(address);
        }
        for (InterfaceRoute route : config.routes()) {
            addRoute(route);
        }
    }

    final String name() {
        return name;
    }

    /** A descriptor for each queue. */
    final List<NativeFd> queues() {
        return queues;
    }

    final InterfaceCalls calls() {
        return calls;
    }

    /** Whether it carries frames rather than packets. */
    abstract boolean isEthernet();

    abstract InterfaceOffloads offloads();

    /** What stands before each message; one for each queue. */
    abstract DriverHeader header();

    /** The MTU when it was opened, and then what was set here. */
    abstract int mtu();

    /** Readable when {@link #changedMtu} is to be asked; null if nothing is told. */
    abstract @Nullable NativeFd changes();

    /** The MTU if the interface has changed, whoever changed it; 0 if nothing is known. By one thread at a time. */
    abstract int changedMtu();

    abstract void setMtu(int mtu) throws IOException;

    abstract void setUp(boolean up) throws IOException;

    abstract void addRoute(InterfaceRoute route) throws IOException;

    /** Whether it was up when it was opened. */
    abstract boolean wasUp();

    /**
     * Replaces the address of its family that was set before. The old one goes first: were both there for a moment, the
     * new one would be a secondary of the old, and Linux takes secondaries away with their primary. If the new one is refused
     * the old one comes back, without the routes that went with it but that to its subnet.
     */
    final synchronized void setAddress(IpPrefix address) throws IOException {
        InterfaceConfig.checkAddress(address);
        IpPrefix old = address.family() == IpFamily.IPV4 ? ipv4 : ipv6;
        if (old != null && !old.equals(address)) {
            takeAddress(old);
            remember(old.family(), null);
        }
        try {
            giveAddress(address);
        } catch (IOException | RuntimeException failure) {
            if (old != null && !old.equals(address)) {
                giveBack(old, failure);
            }
            throw failure;
        }
        remember(address.family(), address);
    }

    private void giveBack(IpPrefix old, Exception failure) {
        try {
            giveAddress(old);
            remember(old.family(), old);
        } catch (IOException | RuntimeException second) {
            failure.addSuppressed(second);
        }
    }

    private void remember(IpFamily family, @Nullable IpPrefix address) {
        if (family == IpFamily.IPV4) {
            ipv4 = address;
        } else {
            ipv6 = address;
        }
    }

    /** Gives the kernel an address, which it may have. */
    abstract void giveAddress(IpPrefix address) throws IOException;

    /** Takes an address from the kernel, which may have lost it. */
    abstract void takeAddress(IpPrefix address) throws IOException;

    final String giving(IpPrefix address) {
        return "give " + name + " the address " + address;
    }

    final String taking(IpPrefix address) {
        return "take the address " + address + " from " + name;
    }

    final String settingMtu(int mtu) {
        return "set the MTU of " + name + " to " + mtu;
    }

    final String settingUp(boolean up) {
        return "bring " + name + (up ? " up" : " down");
    }

    final String routing(InterfaceRoute route) {
        IpAddress gateway = route.gateway();
        return "route " + route.destination() + (gateway == null ? "" : " via " + gateway) + " through " + name;
    }

    /** Forbids new calls; a descriptor closes when its reader has left it too. */
    @Override
    public abstract void close();
}
