// SPDX-License-Identifier: MIT

/** The {@code pktkit} command. What draws QR codes is no named module yet, hence the suppressed warning. */
@SuppressWarnings("requires-automatic")
module io.pktkit.cli {
    requires info.picocli;
    requires com.google.zxing;
    requires io.pktkit.afpacket;
    requires io.pktkit.afxdp;
    requires io.pktkit.impair;
    requires io.pktkit.lab;
    requires io.pktkit.nat;
    requires io.pktkit.ovpn;
    requires io.pktkit.pcap;
    requires io.pktkit.qemu;
    requires io.pktkit.wg;
    requires io.pktkit.slirp;
    requires java.logging;
    requires jdk.httpserver;
    requires static org.jspecify;

    opens io.pktkit.cli to
            info.picocli;
    opens io.pktkit.cli.wg to
            info.picocli;
    opens io.pktkit.cli.nat to
            info.picocli;
    opens io.pktkit.cli.ovpn to
            info.picocli;

    provides System.LoggerFinder with
            io.pktkit.cli.PlainLogs;
}
