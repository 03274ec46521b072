// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.ovpn.client.AuthAttempt;
import io.pktkit.ovpn.client.Authenticator;
import io.pktkit.ovpn.client.ClientListener;
import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.client.SettingsSource;
import io.pktkit.ovpn.internal.rules.AddressPool;
import io.pktkit.ovpn.internal.rules.AddressRules;
import io.pktkit.ovpn.internal.rules.AuthTokens;
import io.pktkit.ovpn.internal.rules.MssClamp;
import io.pktkit.ovpn.internal.session.SessionConfig;
import io.pktkit.ovpn.internal.session.SessionTimes;
import io.pktkit.ovpn.internal.tls.CertVerifier;
import io.pktkit.ovpn.internal.tls.ClientCertMode;
import io.pktkit.ovpn.internal.tls.KeyPairs;
import io.pktkit.ovpn.internal.tls.PkixVerifier;
import io.pktkit.ovpn.internal.tls.TlsSettings;
import io.pktkit.time.SystemTimers;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a server is set up. It holds the pool of addresses, so it is for one server. */
public final class OvpnServerConfig {

    /** IANA's port of OpenVPN. */
    public static final int DEFAULT_PORT = 1194;

    private final Builder settings;
    private final AddressPool pool;
    private final @Nullable AuthTokens tokens;

    private OvpnServerConfig(Builder builder) {
        this.settings = builder;
        this.pool = new AddressPool(new AddressRules(
                builder.ipv4,
                builder.ipv6,
                builder.pushed.topology(),
                builder.first,
                builder.last,
                builder.sameNames,
                builder.freeAddress));
        byte[] secret = builder.tokenSecret;
        this.tokens =
                secret == null ? null : new AuthTokens(secret, builder.tokenLifetime, builder.clock, builder.random);
    }

    /**
     * Begins a configuration.
     *
     * @param chain the server's certificate and those between it and the CA
     * @param key its private key: RSA, EC or Ed25519
     * @return a builder of a server on UDP port 1194 of all addresses
     * @throws IllegalArgumentException if there is no certificate, or the key is not that of the first one
     */
    public static Builder builder(List<X509Certificate> chain, PrivateKey key) {
        return new Builder(chain, key);
    }

    Timers timers() {
        return settings.timers;
    }

    Clock clock() {
        return settings.clock;
    }

    SecureRandom random() {
        return settings.random;
    }

    OvpnLimits limits() {
        return settings.limits;
    }

    ControlSecurity controlSecurity() {
        return settings.controlSecurity;
    }

    @Nullable
    DatagramConfig udp() {
        return settings.udp;
    }

    @Nullable
    DatagramConfig tcp() {
        return settings.tcp;
    }

    Authenticator authenticator() {
        Authenticator chosen = settings.authenticator;
        return chosen == null ? AuthAttempt::accept : chosen;
    }

    ClientListener listener() {
        return settings.listener;
    }

    ClientSettings pushed() {
        return settings.pushed;
    }

    SettingsSource settingsOf() {
        return settings.settingsOf;
    }

    @Nullable
    AuthTokens tokens() {
        return tokens;
    }

    AddressPool pool() {
        return pool;
    }

    boolean allowsSameNames() {
        return settings.sameNames;
    }

    boolean hasClientToClient() {
        return settings.clientToClient;
    }

    int mtu() {
        return settings.mtu;
    }

    long handshakeNanos() {
        return settings.handshake.toNanos();
    }

    boolean hasThreads() {
        return settings.threads;
    }

    IpPrefix own(IpFamily family) {
        IpPrefix its = family == IpFamily.IPV4 ? settings.ipv4 : settings.ipv6;
        return its == null ? IpPrefix.unset(family) : its;
    }

    /** The longest packet inside that fits outside: IPv4 and UDP, the header of DATA_V2 and an AEAD. */
    MssClamp clamp() {
        return new MssClamp(settings.mssfix == 0 ? 0 : settings.mssfix - 28 - 24);
    }

    SessionConfig sessions(boolean tcp, boolean tap) {
        CertVerifier verifier = new PkixVerifier(
                settings.authorities, settings.revoked, settings.clock, settings.purpose, settings.keyUsage);
        TlsSettings tls = new TlsSettings(
                settings.chain,
                settings.key,
                settings.certMode,
                settings.authorities,
                verifier,
                settings.tls13,
                settings.random);
        SessionTimes times = new SessionTimes(
                settings.handshake.toNanos(),
                settings.renegotiate.toNanos(),
                settings.transition.toNanos(),
                settings.ping.toNanos(),
                settings.pingRestart.toNanos(),
                settings.pingPushed);
        return new SessionConfig(tls, settings.ciphers, tap, tcp, settings.mtu, times);
    }

    /** Collects what differs from the defaults. Not for several threads. */
    public static final class Builder extends TunnelBuilder<Builder> {

        private final List<X509Certificate> chain;
        private final PrivateKey key;
        private @Nullable DatagramConfig udp =
                DatagramConfig.builder().port(DEFAULT_PORT).build();
        private @Nullable DatagramConfig tcp;
        private OvpnLimits limits = OvpnLimits.DEFAULT;
        private Duration handshake = Duration.ofSeconds(60);
        private Duration renegotiate = Duration.ofHours(1);
        private Duration transition = Duration.ofHours(1);
        private Duration ping = Duration.ofSeconds(10);
        private Duration pingRestart = Duration.ofSeconds(60);
        private boolean pingPushed = true;
        private boolean threads = true;
        private Timers timers = SystemTimers.shared();
        private Clock clock = Clock.systemUTC();
        private SecureRandom random = new SecureRandom();

        private Builder(List<X509Certificate> chain, PrivateKey key) {
            if (chain.isEmpty()) {
                throw new IllegalArgumentException("a server needs a certificate: chain=" + chain);
            }
            KeyPairs.check(chain.get(0), key);
            this.chain = List.copyOf(chain);
            this.key = key;
        }

        /** As another is now: a configuration does not change with the builder that made it. */
        private Builder(Builder other) {
            super(other);
            chain = other.chain;
            key = other.key;
            udp = other.udp;
            tcp = other.tcp;
            limits = other.limits;
            handshake = other.handshake;
            renegotiate = other.renegotiate;
            transition = other.transition;
            ping = other.ping;
            pingRestart = other.pingRestart;
            pingPushed = other.pingPushed;
            threads = other.threads;
            timers = other.timers;
            clock = other.clock;
            random = other.random;
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Binds UDP. Default all addresses, port 1194.
         *
         * @param bound addresses and port; null for no UDP
         * @return this
         */
        public Builder udp(@Nullable DatagramConfig bound) {
            udp = bound;
            return this;
        }

        /**
         * Binds TCP, too. Default none.
         *
         * @param bound addresses and port, of which the rest has no meaning; null for no TCP
         * @return this
         */
        public Builder tcp(@Nullable DatagramConfig bound) {
            tcp = bound;
            return this;
        }

        /**
         * Limits what strangers can make the server do. Default {@link OvpnLimits#DEFAULT}.
         *
         * @param most the limits
         * @return this
         */
        public Builder limits(OvpnLimits most) {
            limits = most;
            return this;
        }

        /**
         * Limits how long a handshake takes: hand-window. Default 60 s.
         *
         * @param most 1 s or more
         * @return this
         */
        public Builder handshakeWindow(Duration most) {
            handshake = checked("handshakeWindow", most, 1);
            return this;
        }

        /**
         * Makes new keys from time to time: reneg-sec, less up to a tenth. Default an hour.
         *
         * @param interval 5 s or more; zero to leave it to the clients
         * @return this
         */
        public Builder renegotiate(Duration interval) {
            renegotiate = interval.isZero() ? interval : checked("renegotiate", interval, 5);
            return this;
        }

        /**
         * Keeps a replaced key for packets on their way: tran-window. Default an hour.
         *
         * @param window 1 s or more
         * @return this
         */
        public Builder transitionWindow(Duration window) {
            transition = checked("transitionWindow", window, 1);
            return this;
        }

        /**
         * Notices when an end is gone, like OpenVPN's {@code keepalive}; clients are told, too. Default 10 s and 60 s.
         *
         * @param interval a ping after such a silence; zero for none
         * @param restart the client gives up after such a silence, the server after twice as much; zero for never
         * @return this
         */
        public Builder keepalive(Duration interval, Duration restart) {
            return silence(interval, restart, true);
        }

        /**
         * Notices at this end alone when a client is gone, like OpenVPN's {@code ping} and {@code ping-restart}, in place of
         * {@link #keepalive}; clients are told nothing of it.
         *
         * @param interval a ping after such a silence; zero for none
         * @param restart the server gives up after such a silence; zero for never
         * @return this
         */
        public Builder ownPing(Duration interval, Duration restart) {
            return silence(interval, restart, false);
        }

        private Builder silence(Duration interval, Duration restart, boolean pushed) {
            ping = interval.isZero() ? interval : checked("interval", interval, 1);
            pingRestart = restart.isZero() ? restart : checked("restart", restart, 1);
            pingPushed = pushed;
            return this;
        }

        /**
         * Uses another clock and executor, such as virtual ones of tests.
         *
         * @param source the clock of timers
         * @param wall the time of day
         * @return this
         */
        public Builder time(Timers source, Clock wall) {
            timers = source;
            clock = wall;
            return this;
        }

        /**
         * Uses another source of random bytes.
         *
         * @param source where they are from
         * @return this
         */
        public Builder random(SecureRandom source) {
            random = source;
            return this;
        }

        /**
         * Runs without threads: who has the server calls {@link OvpnServer#poll}. Over UDP alone. Default false.
         *
         * @return this
         */
        public Builder withoutThreads() {
            threads = false;
            return this;
        }

        /**
         * Completes the configuration.
         *
         * @return it
         * @throws IllegalStateException if anybody could come in, there is no port, or no address for clients
         */
        public OvpnServerConfig build() {
            if (certMode != ClientCertMode.REQUIRED && authenticator == null) {
                throw new IllegalStateException(
                        "anybody could come in: set clientCertificates, or an authenticator that checks passwords");
            }
            if (udp == null && tcp == null) {
                throw new IllegalStateException("no port: set udp or tcp");
            }
            if (!threads && tcp != null) {
                throw new IllegalStateException("TCP needs threads: threads=false");
            }
            return new OvpnServerConfig(new Builder(this));
        }
    }
}
