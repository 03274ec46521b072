// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.client.SettingsSource;
import io.pktkit.ovpn.key.DataCipher;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What of a configuration is about the tunnels of who is in: addresses, what is pushed, ciphers, sizes.
 *
 * @param <B> the builder as a whole
 */
abstract class TunnelBuilder<B extends TunnelBuilder<B>> extends AccessBuilder<B> {

    /** What a datagram of ours is not longer than outside, IP header included: mssfix of OpenVPN 2.6. */
    private static final int MSSFIX = 1492;

    List<DataCipher> ciphers = DataCipher.DEFAULTS;
    ClientSettings pushed = ClientSettings.builder().build();
    SettingsSource settingsOf = (client, toAll) -> toAll;

    @Nullable
    IpPrefix ipv4;

    @Nullable
    IpPrefix ipv6;

    @Nullable
    IpAddress first;

    @Nullable
    IpAddress last;

    Predicate<IpAddress> freeAddress = address -> true;
    int mtu = 1500;
    int mssfix = MSSFIX;
    boolean clientToClient;

    TunnelBuilder() {}

    TunnelBuilder(TunnelBuilder<B> other) {
        super(other);
        ciphers = other.ciphers;
        pushed = other.pushed;
        settingsOf = other.settingsOf;
        ipv4 = other.ipv4;
        ipv6 = other.ipv6;
        first = other.first;
        last = other.last;
        freeAddress = other.freeAddress;
        mtu = other.mtu;
        mssfix = other.mssfix;
        clientToClient = other.clientToClient;
    }

    /**
     * Chooses the ciphers of the data channel. Default {@link DataCipher#DEFAULTS}.
     *
     * @param offered the best first
     * @return this
     */
    public B ciphers(List<DataCipher> offered) {
        if (offered.isEmpty()) {
            throw new IllegalArgumentException("a cipher is needed: ciphers=" + offered);
        }
        ciphers = List.copyOf(offered);
        return self();
    }

    /**
     * Adds a cipher behind the others, if it is not among them: for clients that cannot negotiate.
     *
     * @param cipher the cipher
     * @return this
     */
    public B alsoCipher(DataCipher cipher) {
        if (!ciphers.contains(cipher)) {
            List<DataCipher> more = new ArrayList<>(ciphers);
            more.add(cipher);
            ciphers = List.copyOf(more);
        }
        return self();
    }

    /**
     * Gives clients addresses of a subnet; one of each family may be given.
     *
     * @param own the server's address and the subnet, such as 10.8.0.1/24
     * @return this
     */
    public B subnet(IpPrefix own) {
        int host = own.family().maxPrefixLength() - own.length();
        if (host < 2 || own.address().equals(own.network())) {
            throw new IllegalArgumentException("an address in a subnet of at least four is needed: own=" + own);
        }
        if (own.family() == IpFamily.IPV4) {
            ipv4 = own;
        } else {
            ipv6 = own;
        }
        return self();
    }

    /**
     * Gives clients only some of the IPv4 subnet's addresses ({@code ifconfig-pool}). Set the subnet first.
     *
     * @param from the first one
     * @param to the last one
     * @return this
     */
    public B pool(IpAddress from, IpAddress to) {
        IpPrefix subnet = ipv4;
        if (subnet == null || !subnet.contains(from) || !subnet.contains(to) || from.low() > to.low()) {
            throw new IllegalArgumentException(
                    "a range of the subnet is needed: subnet=" + subnet + " from=" + from + " to=" + to);
        }
        first = from;
        last = to;
        return self();
    }

    /**
     * Asks about each address before it is given to a client, where others give addresses of the subnet, too.
     *
     * @param free whether an address is nobody's; asked under a lock, so it must not block
     * @return this
     */
    public B freeAddresses(Predicate<IpAddress> free) {
        freeAddress = free;
        return self();
    }

    /**
     * Pushes to all clients. Addresses come from {@link #subnet}.
     *
     * @param toAll routes, name servers and so on
     * @return this
     */
    public B push(ClientSettings toAll) {
        pushed = toAll;
        return self();
    }

    /**
     * Asks what each client is given, unless the authenticator says. By default what is pushed to all.
     *
     * @param source who knows; called on a thread for callbacks
     * @return this
     */
    public B settings(SettingsSource source) {
        settingsOf = source;
        return self();
    }

    /**
     * Lets clients with tun devices reach each other at the addresses of the subnet, where their network takes them
     * there. Default false: what one sends to another is refused, also on a network that would carry it.
     *
     * @param wanted whether to
     * @return this
     */
    public B clientToClient(boolean wanted) {
        clientToClient = wanted;
        return self();
    }

    /**
     * Sets the MTU of the tunnel. Default 1500; clients of OpenVPN 2.6 take up to 1600.
     *
     * @param bytes 576 to 65000
     * @return this
     */
    public B mtu(int bytes) {
        if (bytes < 576 || bytes > 65_000) {
            throw new IllegalArgumentException("an MTU is 576 to 65000: mtu=" + bytes);
        }
        mtu = bytes;
        return self();
    }

    /**
     * Tells TCP connections through the tunnel of segments that need no fragments outside: {@code mssfix}. Default 1492.
     *
     * @param bytes of a datagram outside at most, IP header included, 576 to 65535; 0 to leave segments alone
     * @return this
     */
    public B mssfix(int bytes) {
        if (bytes != 0 && (bytes < 576 || bytes > 65_535)) {
            throw new IllegalArgumentException("0, or 576 to 65535: mssfix=" + bytes);
        }
        mssfix = bytes;
        return self();
    }
}
