// SPDX-License-Identifier: MIT
package io.pktkit.iphost;

import io.pktkit.device.ByteBudget;
import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.host.TcpHostConfig;
import io.pktkit.wire.ReassemblyLimits;
import java.util.Objects;

/**
 * What a host is given. Immutable.
 *
 * @param tcp settings of its TCP; the MTU among them bounds all packets
 * @param isn where initial sequence numbers come from
 * @param reassembly how much of unfinished datagrams is held
 * @param budget where the memory of UDP queues is reserved
 */
public record IpHostConfig(TcpHostConfig tcp, IsnSource isn, ReassemblyLimits reassembly, ByteBudget budget) {
    /**
     * Checks that all are there.
     *
     * @param tcp settings of its TCP
     * @param isn where initial sequence numbers come from
     * @param reassembly how much of unfinished datagrams is held
     * @param budget where memory is reserved
     */
    public IpHostConfig {
        Objects.requireNonNull(tcp, "tcp");
        Objects.requireNonNull(isn, "isn");
        Objects.requireNonNull(reassembly, "reassembly");
        Objects.requireNonNull(budget, "budget");
    }

    /**
     * The usual limits, with a key for sequence numbers that nobody else has, and the budget of the connections.
     *
     * @param tcp settings of its TCP
     * @return the settings
     */
    public static IpHostConfig of(TcpHostConfig tcp) {
        return new IpHostConfig(
                tcp,
                IsnSource.random(),
                ReassemblyLimits.DEFAULT,
                tcp.connectionConfig().memory());
    }

    /**
     * The same with another limit for fragments.
     *
     * @param limits how much is held
     * @return the settings
     */
    public IpHostConfig withReassembly(ReassemblyLimits limits) {
        return new IpHostConfig(tcp, isn, limits, budget);
    }

    /**
     * The same with another source of sequence numbers.
     *
     * @param source where they come from
     * @return the settings
     */
    public IpHostConfig withIsn(IsnSource source) {
        return new IpHostConfig(tcp, source, reassembly, budget);
    }
}
