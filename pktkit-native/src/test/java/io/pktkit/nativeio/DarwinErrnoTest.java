// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The numbers are those of {@code sys/errno.h} of XNU. */
class DarwinErrnoTest {

    @ParameterizedTest
    @CsvSource({
        "1, EPERM",
        "2, ENOENT",
        "4, EINTR",
        "5, EIO",
        "6, ENXIO",
        "9, EBADF",
        "12, ENOMEM",
        "13, EACCES",
        "14, EFAULT",
        "16, EBUSY",
        "17, EEXIST",
        "19, ENODEV",
        "22, EINVAL",
        "23, ENFILE",
        "24, EMFILE",
        "25, ENOTTY",
        "34, ERANGE",
        "35, EAGAIN",
        "40, EMSGSIZE",
        "42, ENOPROTOOPT",
        "45, EOPNOTSUPP",
        "47, EAFNOSUPPORT",
        "48, EADDRINUSE",
        "49, EADDRNOTAVAIL",
        "50, ENETDOWN",
        "51, ENETUNREACH",
        "55, ENOBUFS",
        "60, ETIMEDOUT",
        "61, ECONNREFUSED",
        "65, EHOSTUNREACH",
        "102, EOPNOTSUPP"
    })
    void shouldMeanWhatTheNumberMeansOnMacOs(int darwin, String name) {
        assertEquals(name, Errno.name(DarwinErrno.toLinux(darwin)));
    }

    /** 11 is EAGAIN on Linux, 77 EBADFD: neither is what macOS means. */
    @ParameterizedTest
    @CsvSource({"11", "36", "38", "56", "57", "77", "84", "92", "95", "97", "98", "100", "105", "110"})
    void shouldNotBeTakenForAnotherErrorOfLinux(int darwin) {
        assertEquals("errno " + darwin + " of macOS", Errno.name(DarwinErrno.toLinux(darwin)));
        assertEquals("", Errno.remedy(DarwinErrno.toLinux(darwin)));
    }

    @Test
    void shouldTellTwoApart() {
        Set<Integer> told = new HashSet<>();
        for (int darwin = 1; darwin <= 106; darwin++) {
            told.add(DarwinErrno.toLinux(darwin));
        }
        assertEquals(105, told.size(), "all but the two names of EOPNOTSUPP");
    }
}
