// SPDX-License-Identifier: MIT
package io.pktkit.lab;

import io.pktkit.device.Attachment;
import io.pktkit.device.Interposer;
import io.pktkit.device.L2Device;
import io.pktkit.device.Registration;
import io.pktkit.hub.HubPort;
import io.pktkit.wire.Frame;

/** The port of a guest without DHCP, with the address that goes with it. Any thread. */
final class StaticPlace implements Attachment<Frame> {

    private final HubPort port;
    private final Registration claim;

    StaticPlace(HubPort port, Registration claim) {
        this.port = port;
        this.claim = claim;
    }

    @Override
    public L2Device device() {
        return port.device();
    }

    @Override
    public boolean send(Frame frame) {
        return port.send(frame);
    }

    @Override
    public Registration interpose(Interposer<Frame> interposer) {
        return port.interpose(interposer);
    }

    /** The port first: who has the address next must not meet who had it. */
    @Override
    public void close() {
        try {
            port.close();
        } finally {
            claim.close();
        }
    }

    @Override
    public String toString() {
        return port.toString();
    }
}
