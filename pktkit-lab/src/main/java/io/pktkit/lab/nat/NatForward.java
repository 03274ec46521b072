// SPDX-License-Identifier: MIT
package io.pktkit.lab.nat;

import io.pktkit.lab.relay.RelaySpec;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;

/**
 * A forward as it is written, {@code tcp:PORT=ADDRESS:PORT} or {@code udp:PORT=ADDRESS:PORT}.
 *
 * @param protocol TCP or UDP
 * @param outsidePort 1 to 65535
 * @param host an address inside
 * @param hostPort 1 to 65535
 */
public record NatForward(int protocol, int outsidePort, IpAddress host, int hostPort) {

    private static final String FORM = "a forward is tcp:PORT=ADDRESS:PORT or udp:PORT=ADDRESS:PORT";

    /** What a forward is called by: its protocol and outside port. */
    record Port(int protocol, int port) {

        static Port parse(String text) {
            boolean tcp = text.startsWith("tcp:");
            if (!tcp && !text.startsWith("udp:")) {
                throw new IllegalArgumentException("an outside port is tcp:PORT or udp:PORT: " + text);
            }
            return new Port(
                    tcp ? IpProtocol.TCP : IpProtocol.UDP,
                    RelaySpec.HostPort.parse(text.substring(4), false).port());
        }
    }

    /**
     * Reads the form.
     *
     * @param text such as {@code tcp:8080=10.0.0.9:80}
     * @return what it says
     * @throws IllegalArgumentException if it is not of the form
     */
    public static NatForward parse(String text) {
        if (!text.startsWith("tcp:") && !text.startsWith("udp:")) {
            throw new IllegalArgumentException(FORM);
        }
        RelaySpec spec = RelaySpec.parse(text);
        if (spec.address() != null || spec.port() == 0) {
            throw new IllegalArgumentException(FORM + ", on the outside address");
        }
        int protocol = spec.udp() ? IpProtocol.UDP : IpProtocol.TCP;
        return new NatForward(protocol, spec.port(), IpAddress.parse(spec.host()), spec.targetPort());
    }

    /** {@return the form} */
    @Override
    public String toString() {
        String target = host.isIpv6() ? "[" + host + "]" : host.toString();
        return (protocol == IpProtocol.UDP ? "udp:" : "tcp:") + outsidePort + "=" + target + ":" + hostPort;
    }
}
