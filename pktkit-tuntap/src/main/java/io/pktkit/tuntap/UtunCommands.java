// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.util.List;

/**
 * The commands that configure an interface of macOS, as their arguments. No shell reads them, and all that is in them is a
 * name that the kernel gave, an address or a number, so that none is taken for an option.
 *
 * <p>A utun is a point-to-point interface: an IPv4 address has a peer, here itself, and brings no route to its subnet.
 */
final class UtunCommands {

    private static final String IFCONFIG = "/sbin/ifconfig";
    private static final String ROUTE = "/sbin/route";

    /** What to do with a route. */
    enum RouteChange {
        ADD("add"),

        /** The same destination led elsewhere. */
        CHANGE("change"),

        DELETE("delete");

        final String text;

        RouteChange(String text) {
            this.text = text;
        }
    }

    private UtunCommands() {}

    static List<String> mtu(String name, int mtu) {
        return List.of(IFCONFIG, name, "mtu", Integer.toString(mtu));
    }

    static List<String> up(String name, boolean up) {
        return List.of(IFCONFIG, name, up ? "up" : "down");
    }

    static List<String> giveAddress(String name, IpPrefix prefix) {
        String address = prefix.address().toString();
        return prefix.family() == IpFamily.IPV4
                ? List.of(IFCONFIG, name, "inet", address + "/" + prefix.length(), address, "alias")
                : List.of(IFCONFIG, name, "inet6", address, "prefixlen", Integer.toString(prefix.length()), "alias");
    }

    static List<String> takeAddress(String name, IpPrefix prefix) {
        return List.of(
                IFCONFIG,
                name,
                prefix.family() == IpFamily.IPV4 ? "inet" : "inet6",
                prefix.address().toString(),
                "-alias");
    }

    /** {@code -n}: nothing is asked of a name server. {@code default}, since a length of 0 means a class to {@code route}. */
    static List<String> route(String name, RouteChange change, InterfaceRoute route) {
        IpPrefix destination = route.destination();
        String family = destination.family() == IpFamily.IPV4 ? "-inet" : "-inet6";
        String text = destination.length() == 0 ? "default" : destination.toString();
        IpAddress gateway = route.gateway();
        return gateway == null
                ? List.of(ROUTE, "-n", change.text, family, text, "-interface", name)
                : List.of(ROUTE, "-n", change.text, family, text, gateway.toString());
    }
}
