// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NativeIoExceptionTest {

    @Test
    void shouldNameCallErrnoAndRemedy() {
        NativeIoException failure = new NativeIoException("open /dev/net/tun", Errno.EPERM);

        assertEquals("open /dev/net/tun: EPERM: run as root or give the process CAP_NET_ADMIN", failure.getMessage());
        assertEquals("open /dev/net/tun", failure.call());
        assertEquals(1, failure.errno());
    }

    @Test
    void shouldSayTheNumberOfAnUnlistedErrno() {
        assertEquals("poll: errno 117", new NativeIoException("poll", 117).getMessage());
    }

    @ParameterizedTest
    @CsvSource({"1, EPERM", "4, EINTR", "11, EAGAIN", "16, EBUSY", "22, EINVAL", "77, EBADFD", "110, ETIMEDOUT"})
    void shouldNameErrnosAsLinuxNumbersThem(int errno, String name) {
        assertEquals(name, Errno.name(errno));
    }

    @ParameterizedTest
    @CsvSource({
        "Mac OS X, aarch64, os.name=Mac OS X",
        "Windows 11, amd64, os.name=Windows 11",
        "Linux, ppc64le, os.arch=ppc64le"
    })
    void shouldSayWhyASystemIsNotSupported(String os, String processor, String named) {
        String reason = NativePlatform.unsupported(os, processor);

        assertTrue(reason != null && reason.contains(named), () -> "reason=" + reason);
    }

    @ParameterizedTest
    @CsvSource({"Linux, amd64", "Linux, aarch64"})
    void shouldSupportLinuxOnTheCommonProcessors(String os, String processor) {
        assertNull(NativePlatform.unsupported(os, processor));
    }

    @ParameterizedTest
    @CsvSource({"Linux, amd64", "Linux, riscv64", "Mac OS X, aarch64", "Mac OS X, x86_64"})
    void shouldSupportMacOsWhereBothAreEnough(String os, String processor) {
        assertNull(NativePlatform.unsupportedPosix(os, processor));
    }

    @ParameterizedTest
    @CsvSource({
        "FreeBSD, amd64, 'it needs Linux or macOS, and this is os.name=FreeBSD'",
        "Windows 11, amd64, 'it needs Linux or macOS, and this is os.name=Windows 11'",
        "Linux, ppc64le, 'it needs x86-64, aarch64, riscv64 or loongarch64, and this is os.arch=ppc64le'"
    })
    void shouldSayThatMacOsWouldDo(String os, String processor, String reason) {
        assertEquals(reason, NativePlatform.unsupportedPosix(os, processor));
    }
}
