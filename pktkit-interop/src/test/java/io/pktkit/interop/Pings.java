// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Pings of which each must be answered. Ping itself waits for the last answer no longer than for two of the round trips before
 * it, or from one packet to the next, whatever {@code -W} says, so that the last one is lost now and then on a busy machine. With
 * a deadline it waits for as many answers as it was told, and sends on meanwhile: none is lost if they are the first so many.
 */
public final class Pings {

    private static final Pattern ANSWER = Pattern.compile("bytes from .*icmp_seq=(\\d+)");

    private Pings() {}

    /**
     * Makes the command.
     *
     * @param options of ping besides, such as its interval
     */
    public static String command(int count, String options, Object address) {
        return "ping -n -c " + count + " -w 60 " + options + " " + address;
    }

    /** Fails unless all of so many were answered. */
    public static void expectAll(int count, String output) {
        TreeSet<Integer> answered = new TreeSet<>();
        for (Matcher answers = ANSWER.matcher(output); answers.find(); ) {
            answered.add(Integer.parseInt(answers.group(1)));
        }
        // It sends on until so many answers have come, so that there may be some of later ones.
        if (answered.headSet(count, true).size() != count) {
            throw new AssertionError("of " + count + " pings these were answered: " + answered + "\n" + output);
        }
    }
}
