// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The first three numbers of a release, of which 0 stands for one that is not told.
 *
 * @param major the first
 * @param minor the second
 * @param patch the third
 */
public record KernelVersion(int major, int minor, int patch) implements Comparable<KernelVersion> {

    private static final Pattern NUMBERS = Pattern.compile("(\\d{1,6})(?:\\.(\\d{1,6}))?(?:\\.(\\d{1,6}))?.*");

    /** From here on, release candidates included, and to {@link #LAST_DAMAGING} runs of equal datagrams are damaged. */
    private static final KernelVersion FIRST_DAMAGING = new KernelVersion(7, 0, 0);

    private static final KernelVersion LAST_DAMAGING = new KernelVersion(7, 1, 4);

    /** Before, joined datagrams were not to be relied on. */
    private static final KernelVersion FIRST_COALESCING = new KernelVersion(5, 12, 0);

    /**
     * Reads the running kernel's.
     *
     * @return its version
     */
    public static KernelVersion running() {
        return parse(System.getProperty("os.version", ""));
    }

    /**
     * Reads what {@code uname -r} tells, which is also {@code os.version}.
     *
     * @param release the text
     * @return the version, 0.0.0 if the text is none
     */
    public static KernelVersion parse(String release) {
        Matcher numbers = NUMBERS.matcher(release);
        return numbers.matches()
                ? new KernelVersion(number(numbers.group(1)), number(numbers.group(2)), number(numbers.group(3)))
                : new KernelVersion(0, 0, 0);
    }

    /**
     * Tells whether the kernel damages runs of UDP datagrams of one length when it cuts them, without an error.
     *
     * @return whether it does
     */
    public boolean damagesSegments() {
        return compareTo(FIRST_DAMAGING) >= 0 && compareTo(LAST_DAMAGING) <= 0;
    }

    /**
     * Tells whether UDP_GRO of this kernel is good enough to be used unasked.
     *
     * @return whether it is
     */
    public boolean coalesces() {
        return compareTo(FIRST_COALESCING) >= 0;
    }

    @Override
    public int compareTo(KernelVersion other) {
        int order = Integer.compare(major, other.major);
        if (order == 0) {
            order = Integer.compare(minor, other.minor);
        }
        return order != 0 ? order : Integer.compare(patch, other.patch);
    }

    @Override
    public String toString() {
        return major + "." + minor + "." + patch;
    }

    /** The number of a group, or 0 for one that did not take part. */
    private static int number(@Nullable String digits) {
        return digits == null ? 0 : Integer.parseInt(digits);
    }
}
