// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import io.pktkit.time.SystemTimers;
import io.pktkit.time.Timers;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How a {@link Slirp} is set up. Immutable. */
public final class SlirpConfig {
    private static final int MIN_MTU = 1280;
    private static final int MAX_MTU = 65520;

    private final Builder values;

    private SlirpConfig(Builder values) {
        this.values = values;
    }

    /**
     * Starts from the defaults: no address, MTU 1500, {@link EgressPolicy#publicInternet}, no port of the host open.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The stack's own address and subnet.
     *
     * @param family which of the two
     * @return the prefix, unset when it has none
     */
    public IpPrefix address(IpFamily family) {
        return family == IpFamily.IPV4 ? values.ipv4 : values.ipv6;
    }

    /**
     * Whether an address is the stack's own.
     *
     * @param address any address
     * @return true for the configured address of its family
     */
    public boolean isOwn(IpAddress address) {
        IpPrefix own = address(address.family());
        return own.isSet() && own.address().equals(address);
    }

    /**
     * Whether an address stands for the host.
     *
     * @param address any address
     * @return true for the {@linkplain Builder#hostAlias aliases}, or for the stack's own address when there are none
     */
    public boolean isHostAlias(IpAddress address) {
        return values.aliases.isEmpty() ? isOwn(address) : values.aliases.contains(address);
    }

    /**
     * The virtual addresses that stand for the host.
     *
     * @return those of {@link Builder#hostAlias}, an immutable set
     */
    public Set<IpAddress> hostAliases() {
        return values.aliases;
    }

    /**
     * What a port of the host alias leads to.
     *
     * @param alias the alias that was used; its family decides between 127.0.0.1 and ::1
     * @param port the port a guest asked for
     * @return the address to dial, or null when the port was not opened
     */
    public @Nullable InetSocketAddress hostTarget(IpAddress alias, int port) {
        InetSocketAddress target = values.hostPorts.get(port);
        if (target != null || !values.loopbackPorts.contains(port)) {
            return target;
        }
        return new InetSocketAddress(loopback(alias.isIpv4()).toInetAddress(), port);
    }

    /**
     * Whether a port of the host alias was opened.
     *
     * @param port the port a guest asked for
     * @return true if it leads anywhere
     */
    public boolean isHostPort(int port) {
        return values.hostPorts.containsKey(port) || values.loopbackPorts.contains(port);
    }

    /**
     * What a port of the host alias leads to when nobody listens at {@link #hostTarget}.
     *
     * @param alias the alias that was used
     * @param port the port a guest asked for
     * @return the loopback address of the other family, for ports that were opened without a target; else null
     */
    public @Nullable InetSocketAddress otherHostTarget(IpAddress alias, int port) {
        if (values.hostPorts.containsKey(port) || !values.loopbackPorts.contains(port)) {
            return null;
        }
        return new InetSocketAddress(loopback(!alias.isIpv4()).toInetAddress(), port);
    }

    private static IpAddress loopback(boolean ipv4) {
        return ipv4 ? IpAddress.ofIpv4(0x7f000001) : IpAddress.ofIpv6(0, 1);
    }

    /**
     * The largest IP packet sent to a guest.
     *
     * @return bytes
     */
    public int mtu() {
        return values.mtu;
    }

    /**
     * Which destinations guests may reach.
     *
     * @return the policy
     */
    public EgressPolicy egress() {
        return values.egress;
    }

    /**
     * Whose datagrams guests accept.
     *
     * @return the filtering
     */
    public UdpFiltering udpFiltering() {
        return values.udpFiltering;
    }

    /**
     * How long a UDP endpoint lives without traffic.
     *
     * @return nanoseconds
     */
    public long udpIdleNanos() {
        return values.udpIdle.toNanos();
    }

    /**
     * How long a UDP endpoint that has only asked name servers lives without traffic.
     *
     * @return nanoseconds
     */
    public long dnsIdleNanos() {
        return values.dnsIdle.toNanos();
    }

    /**
     * How long a connection may take to dial.
     *
     * @return nanoseconds
     */
    public long dialTimeoutNanos() {
        return values.dialTimeout.toNanos();
    }

    /**
     * Settings of the TCP connections with guests, the MTU included.
     *
     * @return the settings
     */
    public TcpConfig tcp() {
        return values.tcp.toBuilder().mtu(values.mtu).build();
    }

    /**
     * How much may be held.
     *
     * @return the limits
     */
    public SlirpLimits limits() {
        return values.limits;
    }

    /**
     * The clock.
     *
     * @return the timers
     */
    public Timers timers() {
        return values.timers;
    }

    /** Collects the parts of a configuration. Not safe for threads. */
    public static final class Builder {
        private static final int BRIDGE_BUFFER = 256 << 10;
        private static final int BRIDGE_BUFFER_MAX = 4 << 20;

        private IpPrefix ipv4 = IpPrefix.unset(IpFamily.IPV4);
        private IpPrefix ipv6 = IpPrefix.unset(IpFamily.IPV6);
        private Set<IpAddress> aliases = new LinkedHashSet<>();
        private Map<Integer, InetSocketAddress> hostPorts = new HashMap<>();
        private Set<Integer> loopbackPorts = new LinkedHashSet<>();
        private int mtu = 1500;
        private EgressPolicy egress = EgressPolicy.publicInternet();
        private UdpFiltering udpFiltering = UdpFiltering.ADDRESS_AND_PORT_DEPENDENT;
        private Duration udpIdle = Duration.ofMinutes(2); // RFC 4787, REQ-5
        private Duration dnsIdle = Duration.ofSeconds(10); // allowed to be shorter for well-known ports, same place
        private Duration dialTimeout = Duration.ofSeconds(30);
        private TcpConfig tcp = TcpConfig.builder()
                .sendBuffer(BRIDGE_BUFFER)
                .sendBufferMax(BRIDGE_BUFFER_MAX)
                .receiveBuffer(BRIDGE_BUFFER)
                .receiveBufferMax(BRIDGE_BUFFER_MAX)
                .noDelay(true) // the host's peer has made segments of its data already
                .keepAlive(true)
                .synRetries(3)
                .build();
        private SlirpLimits limits = SlirpLimits.DEFAULT;
        private Timers timers = SystemTimers.shared();

        private Builder() {}

        private Builder(Builder from) {
            ipv4 = from.ipv4;
            ipv6 = from.ipv6;
            aliases = Set.copyOf(from.aliases);
            hostPorts = Map.copyOf(from.hostPorts);
            loopbackPorts = Set.copyOf(from.loopbackPorts);
            mtu = from.mtu;
            egress = from.egress;
            udpFiltering = from.udpFiltering;
            udpIdle = from.udpIdle;
            dnsIdle = from.dnsIdle;
            dialTimeout = from.dialTimeout;
            tcp = from.tcp;
            limits = from.limits;
            timers = from.timers;
        }

        /**
         * Sets the stack's own address and subnet, in place of an earlier one of the same family.
         *
         * @param prefix a unicast address with the length of its subnet
         * @return this
         */
        public Builder address(IpPrefix prefix) {
            if (!prefix.isSet()
                    || prefix.address().isMulticast()
                    || prefix.address().isUnspecified()) {
                throw new IllegalArgumentException(
                        "address must be a unicast address with a length: address=" + prefix);
            }
            if (prefix.family() == IpFamily.IPV4) {
                ipv4 = prefix;
            } else {
                ipv6 = prefix;
            }
            return this;
        }

        /**
         * Adds a virtual address that stands for the host. Without any, the stack's own addresses do.
         *
         * @param address a unicast address nobody inside uses
         * @return this
         */
        public Builder hostAlias(IpAddress address) {
            aliases.add(Objects.requireNonNull(address, "address"));
            return this;
        }

        /**
         * Opens a port of the host's loopback to guests, TCP and UDP, at the same port of the host alias: at 127.0.0.1 or ::1, by the
         * family of the alias; a TCP connection that is refused there goes to the other one.
         *
         * @param port 1 to 65535
         * @return this
         */
        public Builder allowHost(int port) {
            loopbackPorts.add(checkPort(port));
            return this;
        }

        /**
         * Opens a single service to guests, whatever the {@link EgressPolicy} says of its address.
         *
         * @param port the port of the host alias, 1 to 65535
         * @param target what it leads to
         * @return this
         */
        public Builder allowHost(int port, InetSocketAddress target) {
            InetAddress address = target.getAddress();
            if (address == null || address.isAnyLocalAddress() || target.getPort() == 0) {
                throw new IllegalArgumentException("target must be a resolved address with a port: target=" + target);
            }
            hostPorts.put(checkPort(port), target);
            return this;
        }

        /**
         * Sets the largest IP packet sent to a guest.
         *
         * @param bytes 1280 to 65520
         * @return this
         */
        public Builder mtu(int bytes) {
            if (bytes < MIN_MTU || bytes > MAX_MTU) {
                throw new IllegalArgumentException("mtu must be in [" + MIN_MTU + ", " + MAX_MTU + "]: mtu=" + bytes);
            }
            mtu = bytes;
            return this;
        }

        /**
         * Sets which destinations guests may reach.
         *
         * @param policy the policy
         * @return this
         */
        public Builder egress(EgressPolicy policy) {
            egress = Objects.requireNonNull(policy, "policy");
            return this;
        }

        /**
         * Sets whose datagrams guests accept.
         *
         * @param filtering the filtering
         * @return this
         */
        public Builder udpFiltering(UdpFiltering filtering) {
            udpFiltering = Objects.requireNonNull(filtering, "filtering");
            return this;
        }

        /**
         * Sets how long a UDP endpoint lives without traffic.
         *
         * @param idle more than zero; RFC 4787 asks for 2 minutes or more
         * @return this
         */
        public Builder udpIdle(Duration idle) {
            udpIdle = positive("udpIdle", idle);
            return this;
        }

        /**
         * Sets how long a UDP endpoint that has only sent to port 53 lives without traffic.
         *
         * @param idle more than zero
         * @return this
         */
        public Builder dnsIdle(Duration idle) {
            dnsIdle = positive("dnsIdle", idle);
            return this;
        }

        /**
         * Sets how long a connection may take to dial.
         *
         * @param timeout more than zero
         * @return this
         */
        public Builder dialTimeout(Duration timeout) {
            dialTimeout = positive("dialTimeout", timeout);
            return this;
        }

        /**
         * Sets how TCP behaves towards guests. The MTU in it is replaced by that of the stack.
         *
         * @param settings the settings
         * @return this
         */
        public Builder tcp(TcpConfig settings) {
            tcp = Objects.requireNonNull(settings, "settings");
            return this;
        }

        /**
         * Sets how much may be held.
         *
         * @param values the limits
         * @return this
         */
        public Builder limits(SlirpLimits values) {
            limits = Objects.requireNonNull(values, "values");
            return this;
        }

        /**
         * Sets the clock. Sockets keep real time whatever it is.
         *
         * @param clock the timers
         * @return this
         */
        public Builder timers(Timers clock) {
            timers = Objects.requireNonNull(clock, "clock");
            return this;
        }

        /**
         * Makes the configuration.
         *
         * @return an immutable copy of what was set
         */
        public SlirpConfig build() {
            return new SlirpConfig(new Builder(this));
        }

        private static int checkPort(int port) {
            if (port < 1 || port > 65535) {
                throw new IllegalArgumentException("port must be in [1, 65535]: port=" + port);
            }
            return port;
        }

        private static Duration positive(String name, Duration value) {
            if (value.isZero() || value.isNegative()) {
                throw new IllegalArgumentException(name + " must be more than zero: " + name + "=" + value);
            }
            return value;
        }
    }
}
