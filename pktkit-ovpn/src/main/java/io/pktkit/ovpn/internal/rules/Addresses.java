// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.rules;

import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which addresses are a client's: the one that it was given, and those of the networks behind it. */
public final class Addresses {

    private Addresses() {}

    /**
     * Looks at where a packet is from.
     *
     * @param settings what the client was given
     * @param packet the packet
     * @return whether its source is the client's
     */
    public static boolean isFrom(ClientSettings settings, Packet packet) {
        return isOf(settings, packet.family(), packet.sourceHigh(), packet.sourceLow());
    }

    /**
     * Looks at where a packet goes.
     *
     * @param settings what the client was given
     * @param packet the packet
     * @return whether its destination is the client's
     */
    public static boolean isTo(ClientSettings settings, Packet packet) {
        return isOf(settings, packet.family(), packet.destinationHigh(), packet.destinationLow());
    }

    private static boolean isOf(ClientSettings settings, @Nullable IpFamily family, long high, long low) {
        if (family == null) {
            return false;
        }
        IpPrefix own = settings.address(family);
        if (own != null && own.address().high() == high && own.address().low() == low) {
            return true;
        }
        List<IpPrefix> networks = settings.clientNetworks();
        for (int i = 0; i < networks.size(); i++) {
            if (networks.get(i).contains(family, high, low)) {
                return true;
            }
        }
        return false;
    }
}
