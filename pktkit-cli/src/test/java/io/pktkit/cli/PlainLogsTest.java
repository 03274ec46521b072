// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PlainLogsTest {
    private final PrintStream before = System.err;
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final System.Logger log = new PlainLogs().getLogger("io.pktkit.test", PlainLogsTest.class.getModule());

    @BeforeEach
    void capture() {
        System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void restore() {
        System.setErr(before);
    }

    private String printed() {
        return printed.toString(StandardCharsets.UTF_8);
    }

    @Test
    void shouldSayAWarningInOneLine() {
        log.log(Level.WARNING, "name server is gone");
        log.log(Level.WARNING, "cannot send", new IOException("no route"));
        log.log(Level.WARNING, "{0} of {1}", 2, 3);

        assertEquals("""
                pktkit: warning: name server is gone
                pktkit: warning: cannot send: java.io.IOException: no route
                pktkit: warning: 2 of 3
                """, printed());
    }

    @Test
    void shouldShowTheTraceOfADefect() {
        log.log(Level.ERROR, "callback failed", new IllegalStateException("oops"));

        assertTrue(printed().startsWith("pktkit: error: callback failed: java.lang.IllegalStateException: oops\n"));
        assertTrue(printed().contains(PlainLogsTest.class.getName() + ".shouldShow"), printed());
    }

    @Test
    void shouldSayNothingLess() {
        log.log(Level.INFO, "news");
        log.log(Level.DEBUG, "cannot reach", new IOException("no route"));
        System.Logger tuntap = new PlainLogs().getLogger("io.pktkit.tuntap", PlainLogsTest.class.getModule());
        tuntap.log(Level.WARNING, "interface pk0 is gone");

        assertEquals("", printed());
    }

    /** With a temporary folder that is read-only, of which what then fails says so in its one line. */
    @Test
    void shouldSayNothingOfWhatJnaTries() {
        List<String> logged = new ArrayList<>();
        Handler recorder = new Handler() {
            @Override
            public void publish(LogRecord record) {
                logged.add(record.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger root = Logger.getLogger("");
        root.addHandler(recorder);
        try {
            PlainLogs.quietenJna();
            for (String name : List.of("com.sun.jna.Native", "com.sun.jna.NativeLibrary", "com.example")) {
                Logger.getLogger(name).log(java.util.logging.Level.WARNING, name, new IOException("read-only"));
            }
        } finally {
            root.removeHandler(recorder);
        }

        assertEquals(List.of("com.example"), logged);
    }
}
