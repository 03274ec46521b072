// SPDX-License-Identifier: MIT

/** The {@code pktkit} command. */
module io.pktkit.cli {
    requires info.picocli;
    requires io.pktkit.lab;
    requires java.logging;
    requires jdk.httpserver;
    requires static org.jspecify;

    opens io.pktkit.cli to
            info.picocli;

    provides System.LoggerFinder with
            io.pktkit.cli.PlainLogs;
}
