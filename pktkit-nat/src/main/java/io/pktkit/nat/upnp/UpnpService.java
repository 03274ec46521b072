// SPDX-License-Identifier: MIT
package io.pktkit.nat.upnp;

import io.pktkit.nat.service.NatHost;
import io.pktkit.nat.service.NatService;
import io.pktkit.nat.service.PortLeases;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.util.UUID;

/** A UPnP Internet Gateway Device on each link of a NAT; see the package. Immutable. */
public final class UpnpService implements NatService {

    /** The port of descriptions, control and events. */
    public static final int DEFAULT_PORT = 5000;

    /** UDA 1.1 section 1.2.2: system, UPnP version, product. */
    static final String SERVER = "Java/" + Runtime.version().feature() + " UPnP/1.1 pktkit/0.1";

    /** UDA 1.1 section 2.1: another one whenever descriptions change. */
    static final int CONFIG_ID = 1;

    private final PortLeases leases;
    private final UUID uuid;
    private final int bootId;
    private final String friendlyName;
    private final int version;
    private final int port;

    /**
     * A device of version 2, which is one of version 1 too.
     *
     * @param leases what hosts may have
     * @param uuid who it is, the same for as long as it is the same gateway, and no other's
     * @param bootId more than before with each start (UDA 1.1 section 1.2.2), such as seconds since 1970; at least 0
     * @param friendlyName what users are shown, at most 64 characters
     */
    public UpnpService(PortLeases leases, UUID uuid, int bootId, String friendlyName) {
        this(leases, uuid, bootId, friendlyName, 2, DEFAULT_PORT);
    }

    /**
     * A device.
     *
     * @param leases what hosts may have
     * @param uuid who it is, the same for as long as it is the same gateway, and no other's
     * @param bootId more than before with each start (UDA 1.1 section 1.2.2), such as seconds since 1970; at least 0
     * @param friendlyName what users are shown, at most 64 characters
     * @param version 2, or 1 for control points that want nothing newer
     * @param port the TCP port, 1 to 65535
     */
    public UpnpService(PortLeases leases, UUID uuid, int bootId, String friendlyName, int version, int port) {
        if (version != 1 && version != 2) {
            throw new IllegalArgumentException("there are versions 1 and 2: version=" + version);
        }
        if (friendlyName.isEmpty() || friendlyName.length() > 64 || port < 1 || port > 65_535) {
            throw new IllegalArgumentException("a name of 1 to 64 characters and a port are needed: friendlyName="
                    + friendlyName + " port=" + port);
        }
        if (bootId < 0) {
            throw new IllegalArgumentException("must not be negative: bootId=" + bootId);
        }
        this.leases = leases;
        this.uuid = uuid;
        this.bootId = bootId;
        this.friendlyName = friendlyName;
        this.version = version;
        this.port = port;
    }

    @Override
    public AutoCloseable start(NatHost host) throws IOException {
        if (!host.prefix(IpFamily.IPV4).isSet()) {
            return () -> {}; // nobody there whose ports could be forwarded
        }
        return new UpnpLink(host, leases, new Igd(version, uuid), bootId, friendlyName, port);
    }
}
