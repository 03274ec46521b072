// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import java.io.PrintStream;
import java.text.MessageFormat;
import java.util.Locale;
import java.util.Map;
import java.util.ResourceBundle;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What the libraries log, as the command says everything else: a line on the standard error for each warning, and its trace
 * only for an error, which is a defect. Found by the service loader on the module path, where the command runs; who embeds
 * it on a class path keeps the logging of his own.
 */
public final class PlainLogs extends System.LoggerFinder {
    /** An interface that goes is told by {@code up} itself, in its last line. */
    private static final String TOLD_OTHERWISE = "io.pktkit.tuntap";

    /** Kept, for the levels of loggers that nobody holds are forgotten. */
    private static final java.util.logging.Logger JNA = java.util.logging.Logger.getLogger("com.sun.jna");

    private final Map<String, PlainLog> logs = new ConcurrentHashMap<>();

    /** For the service loader. */
    public PlainLogs() {}

    /** JNA logs a trace for a temporary folder that it cannot write; the failure that follows from it says so in a line. */
    static void quietenJna() {
        JNA.setLevel(java.util.logging.Level.OFF);
    }

    @Override
    public System.Logger getLogger(String name, Module module) {
        return logs.computeIfAbsent(name, PlainLog::new);
    }

    /** A logger of one name. */
    private record PlainLog(String name) implements System.Logger {
        @Override
        public String getName() {
            return name;
        }

        @Override
        public boolean isLoggable(Level level) {
            int least = name.equals(TOLD_OTHERWISE) ? Level.ERROR.getSeverity() : Level.WARNING.getSeverity();
            return level != Level.OFF && level.getSeverity() >= least;
        }

        @Override
        public void log(
                Level level, @Nullable ResourceBundle bundle, @Nullable String text, @Nullable Throwable thrown) {
            if (!isLoggable(level)) {
                return;
            }
            PrintStream err = System.err;
            String kind = level.name().toLowerCase(Locale.ROOT);
            String reason = thrown == null ? "" : ": " + thrown;
            err.println("pktkit: " + kind + ": " + localized(bundle, text) + reason);
            if (thrown != null && level == Level.ERROR) {
                thrown.printStackTrace(err);
            }
        }

        @Override
        public void log(
                Level level, @Nullable ResourceBundle bundle, @Nullable String format, @Nullable Object... params) {
            if (isLoggable(level)) {
                String pattern = localized(bundle, format);
                log(level, null, params == null ? pattern : MessageFormat.format(pattern, params), (Throwable) null);
            }
        }

        private static String localized(@Nullable ResourceBundle bundle, @Nullable String text) {
            if (text == null) {
                return "";
            }
            return bundle != null && bundle.containsKey(text) ? bundle.getString(text) : text;
        }
    }
}
