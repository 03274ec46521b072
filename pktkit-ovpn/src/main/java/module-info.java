// SPDX-License-Identifier: MIT

/** OpenVPN server: a session engine without threads, clock or sockets, the server that runs it, and a small PKI. */
module io.pktkit.ovpn {
    requires transitive io.pktkit.core;
    requires static transitive org.jspecify;
    requires org.bouncycastle.provider;
    requires org.bouncycastle.pkix;
    requires org.bouncycastle.tls;

    exports io.pktkit.ovpn;
    exports io.pktkit.ovpn.client;
    exports io.pktkit.ovpn.conf;
    exports io.pktkit.ovpn.key;
    exports io.pktkit.ovpn.pki;
}
