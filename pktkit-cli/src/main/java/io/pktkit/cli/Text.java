// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How commands write numbers for people, in the words that {@code wg show} has for them. */
public final class Text {
    private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB", "PiB"};

    private Text() {}

    /**
     * Reads a number of an answer of a running instance.
     *
     * @param value the value
     * @return the number; 0 if it is none
     */
    public static long number(@Nullable Object value) {
        return value instanceof Long number ? number : 0;
    }

    /**
     * Writes a duration.
     *
     * @param seconds how long
     * @return such as {@code 1 hour, 2 seconds}; {@code 0 seconds} for nothing
     */
    public static String duration(long seconds) {
        long[] amounts = {seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60};
        String[] names = {"day", "hour", "minute", "second"};
        List<String> words = new ArrayList<>();
        for (int i = 0; i < amounts.length; i++) {
            if (amounts[i] != 0) {
                words.add(amounts[i] + " " + names[i] + (amounts[i] == 1 ? "" : "s"));
            }
        }
        return words.isEmpty() ? "0 seconds" : String.join(", ", words);
    }

    /**
     * Writes a size.
     *
     * @param bytes how many bytes
     * @return such as {@code 1.50 MiB}
     */
    public static String size(long bytes) {
        if (bytes < 1024) {
            return bytes + " B";
        }
        double value = bytes / 1024.0;
        int unit = 0;
        while (value >= 1024 && unit < UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, "%.2f %s", value, UNITS[unit]);
    }
}
