// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.datagram;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The first three numbers of a release, of which 0 stands for one that is not told. */
record KernelVersion(int major, int minor, int patch) implements Comparable<KernelVersion> {

    private static final Pattern NUMBERS = Pattern.compile("(\\d{1,6})(?:\\.(\\d{1,6}))?(?:\\.(\\d{1,6}))?.*");

    /** From here on, release candidates included, and to {@link #LAST_DAMAGING} runs of equal datagrams are damaged. */
    private static final KernelVersion FIRST_DAMAGING = new KernelVersion(7, 0, 0);

    private static final KernelVersion LAST_DAMAGING = new KernelVersion(7, 1, 4);

    /** Before, joined datagrams were not to be relied on. */
    private static final KernelVersion FIRST_COALESCING = new KernelVersion(5, 12, 0);

    /** Reads what {@code uname -r} tells, which is also {@code os.version}. */
    static KernelVersion parse(String release) {
        Matcher numbers = NUMBERS.matcher(release);
        return numbers.matches()
                ? new KernelVersion(number(numbers.group(1)), number(numbers.group(2)), number(numbers.group(3)))
                : new KernelVersion(0, 0, 0);
    }

    /** Whether UDP_SEGMENT of this kernel loses runs whose datagrams are all of one length, without an error. */
    boolean damagesSegments() {
        return compareTo(FIRST_DAMAGING) >= 0 && compareTo(LAST_DAMAGING) <= 0;
    }

    /** Whether UDP_GRO of this kernel is good enough to be used unasked. */
    boolean coalesces() {
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
