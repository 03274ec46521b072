// SPDX-License-Identifier: MIT
package io.pktkit.nat.alg;

import io.pktkit.nat.helper.HelperFlow;
import io.pktkit.nat.helper.HelperPayload;
import io.pktkit.nat.helper.NatHelper;
import io.pktkit.wire.IpProtocol;
import java.time.Duration;

/**
 * TFTP (RFC 1350): a server answers from another port than it was asked at, which filtering by port would not let in. A
 * request of a client inside opens the client's port to the whole server. A server inside needs nothing.
 */
public final class TftpHelper implements NatHelper {

    /** How long the server may take to answer. */
    public static final Duration WINDOW = Duration.ofMinutes(1);

    private static final int TFTP = 69;
    private static final int READ_REQUEST = 1;
    private static final int WRITE_REQUEST = 2;

    /** A helper for port 69. */
    public TftpHelper() {}

    @Override
    public String name() {
        return "tftp";
    }

    @Override
    public boolean wants(HelperFlow flow) {
        return flow.protocol() == IpProtocol.UDP && flow.begunInside() && flow.servicePort() == TFTP;
    }

    @Override
    public void payload(HelperFlow flow, HelperPayload payload) {
        if (!payload.isOutward() || payload.length() < 4 || payload.at(0) != 0) {
            return;
        }
        int operation = payload.at(1);
        if (operation == READ_REQUEST || operation == WRITE_REQUEST) {
            flow.open(IpProtocol.UDP, flow.insidePort(), flow.remote(), 0, WINDOW);
        }
    }
}
