// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import io.pktkit.impair.Impairment;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What {@code --impair} says: {@code [ATTACHMENT=]delay=30ms loss=1%}. Settings are parted by blanks; an attachment is what
 * stands before the first of them, and may itself hold an equals sign, as a path can.
 *
 * @param attachment whose link it is, or null for those of all guests
 * @param impairment how bad it is, in each direction
 */
record ImpairmentText(@Nullable String attachment, Impairment impairment) {
    static final String KEYS = "delay, jitter, loss, duplicate, corrupt, rate, queue and seed";

    private static final String EXAMPLE = "such as delay=30ms loss=1%";
    private static final Pattern BLANKS = Pattern.compile("\\s+");
    private static final Pattern NUMBER = Pattern.compile("([0-9]{1,18}(?:\\.[0-9]{1,9})?)([a-z%]*)");
    private static final BigDecimal MAX = BigDecimal.valueOf(Long.MAX_VALUE);

    // Words of tc-netem, so that what worked there works here.
    private static final Map<String, Long> NANOS =
            Map.of("ns", 1L, "us", 1_000L, "ms", 1_000_000L, "s", 1_000_000_000L);
    private static final Map<String, Long> BITS_PER_SECOND =
            Map.of("bit", 1L, "kbit", 1_000L, "mbit", 1_000_000L, "gbit", 1_000_000_000L);

    /** Reads it; what is wrong is told with the word that is, and how to write it right. */
    static ImpairmentText parse(String text) {
        String settings = text.strip();
        String first = settings.split("\\s", 2)[0];
        int value = first.lastIndexOf('=');
        int key = value < 0 ? -1 : first.lastIndexOf('=', value - 1);
        String attachment = key < 0 ? null : first.substring(0, key);
        if (attachment != null && attachment.isEmpty()) {
            throw new IllegalArgumentException("there is no name before the '=': leave it out to mean all guests");
        }
        Impairment impairment = Impairment.none();
        Set<String> seen = new HashSet<>();
        for (String word :
                BLANKS.splitAsStream(settings.substring(key + 1).strip()).toList()) {
            int equals = word.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("'" + word + "' is no setting: write name=value, " + EXAMPLE);
            }
            String name = word.substring(0, equals);
            if (!seen.add(name)) {
                throw new IllegalArgumentException(name + " is given twice: leave one out");
            }
            impairment = set(impairment, name, word.substring(equals + 1));
        }
        return new ImpairmentText(attachment, impairment);
    }

    private static Impairment set(Impairment impairment, String name, String value) {
        return switch (name) {
            case "delay" -> impairment.delay(duration(name, value));
            case "jitter" -> impairment.jitter(duration(name, value));
            case "loss" -> impairment.loss(probability(name, value));
            case "duplicate" -> impairment.duplicate(probability(name, value));
            case "corrupt" -> impairment.corrupt(probability(name, value));
            case "rate" -> impairment.rate(scaled(name, value, BITS_PER_SECOND, "a rate such as 10mbit"));
            case "queue" -> impairment.queue(packets(value), Impairment.DEFAULT_QUEUE_BYTES);
            case "seed" -> impairment.seed(scaled(name, value, Map.of("", 1L), "a number such as seed=7"));
            default ->
                throw new IllegalArgumentException("'" + name + "' is no setting: there are " + KEYS + ", " + EXAMPLE);
        };
    }

    private static Duration duration(String name, String value) {
        return Duration.ofNanos(scaled(name, value, NANOS, "a time such as 30ms"));
    }

    private static int packets(String value) {
        long packets = scaled("queue", value, Map.of("", 1L), "a number of packets such as queue=100");
        return (int) Math.min(packets, Integer.MAX_VALUE);
    }

    /** With its percent sign only: without one, 1 could be all or a hundredth. */
    private static double probability(String name, String value) {
        Matcher number = NUMBER.matcher(value);
        if (number.matches() && number.group(2).equals("%")) {
            double percent = Double.parseDouble(number.group(1));
            if (percent <= 100) {
                return percent / 100;
            }
        }
        throw refused(name, value, "a share from 0% to 100% such as 1%");
    }

    private static long scaled(String name, String value, Map<String, Long> units, String wanted) {
        Matcher number = NUMBER.matcher(value.toLowerCase(Locale.ROOT));
        Long unit = number.matches() ? units.get(number.group(2)) : null;
        if (unit != null) {
            BigDecimal scaled = new BigDecimal(number.group(1)).multiply(BigDecimal.valueOf(unit));
            if (scaled.compareTo(MAX) <= 0) {
                return scaled.setScale(0, RoundingMode.HALF_UP).longValue();
            }
        }
        throw refused(name, value, wanted);
    }

    private static IllegalArgumentException refused(String name, String value, String wanted) {
        return new IllegalArgumentException("'" + value + "' is no value for " + name + ": write " + wanted);
    }
}
