// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.darwin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.nativeio.Errno;
import io.pktkit.nativeio.NativeFd;
import io.pktkit.nativeio.NativeIoException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The order of the calls and what is made of the answers, with a kernel that is played. */
@EnabledOnOs(OS.LINUX)
class UtunSocketTest {

    private static final int ID = 7;

    private NativeFd fd;
    private final List<String> calls = new ArrayList<>();
    private int info;
    private int connect;
    private String name = "utun4";
    private int peer;
    private int assigned = 5;

    @BeforeEach
    void open() throws IOException {
        fd = NativeFd.socket(2, 2, 0); // any
    }

    @AfterEach
    void close() {
        fd.close();
    }

    private final ControlCalls kernel = new ControlCalls() {
        @Override
        NativeFd socket() {
            calls.add("socket");
            return fd;
        }

        @Override
        int ioctl(NativeFd on, int request, ByteBuffer argument) {
            assertSame(fd, on);
            assertEquals(0xc0644e03, request);
            assertEquals(ControlStructures.info("com.apple.net.utun_control"), argument);
            calls.add("info");
            argument.putInt(0, ID);
            return info;
        }

        @Override
        int connect(NativeFd on, ByteBuffer address) {
            assertSame(fd, on);
            assertEquals(ControlStructures.address(ID, ControlStructures.unit(address)), address);
            calls.add("connect " + ControlStructures.unit(address));
            return connect;
        }

        @Override
        int option(NativeFd on, int option, ByteBuffer value) {
            assertSame(fd, on);
            assertEquals(2, option);
            calls.add("name");
            if (name.isEmpty()) {
                return -Errno.ENOPROTOOPT;
            }
            byte[] text = (name + '\0').getBytes(StandardCharsets.US_ASCII);
            value.put(0, text);
            return text.length;
        }

        @Override
        int peer(NativeFd on, ByteBuffer address) {
            assertSame(fd, on);
            calls.add("peer");
            address.order(ByteOrder.nativeOrder()).put(0, ControlStructures.address(ID, assigned), 0, 32);
            return peer < 0 ? peer : 32;
        }
    };

    @Test
    void shouldLetTheKernelChoose() throws IOException {
        UtunSocket opened = UtunSocket.open(UtunSocket.ANY, kernel);

        assertEquals(List.of("socket", "info", "connect 0", "name"), calls);
        assertEquals("utun4", opened.name());
        assertSame(fd, opened.fd());
        assertEquals(-Errno.EAGAIN, fd.read(ByteBuffer.allocateDirect(8), 0, 8), "it must not wait");
    }

    /** utun0 is unit 1: an off-by-one here opens another interface than was named. */
    @ParameterizedTest
    @CsvSource({"0, connect 1", "4, connect 5", "2147483646, connect 2147483647"})
    void shouldAskForTheUnitBehindANumber(int number, String call) throws IOException {
        UtunSocket.open(number, kernel);

        assertEquals(call, calls.get(2));
    }

    @ParameterizedTest
    @CsvSource({"-2", "2147483647"})
    void shouldRefuseANumberThatHasNoUnit(int number) {
        assertThrows(IllegalArgumentException.class, () -> UtunSocket.open(number, kernel));
        assertEquals(List.of(), calls);
    }

    /** The one that was assigned, and not what was asked for: 0 would give utun-1. */
    @Test
    void shouldMakeTheNameOfTheUnitWhereTheKernelDoesNotTellIt() throws IOException {
        name = "";

        assertEquals("utun4", UtunSocket.open(UtunSocket.ANY, kernel).name());
        assertEquals(List.of("socket", "info", "connect 0", "name", "peer"), calls);
    }

    @ParameterizedTest
    @CsvSource({
        "2, 0, 0, find the kernel control com.apple.net.utun_control: ENOENT",
        "0, 16, 0, open TUN interface utun4: EBUSY: the name utun4 is in use: close the program that holds it",
        "0, 1, 0, open a TUN interface: EPERM: run as root",
        "0, 13, 0, open a TUN interface: EACCES: run as root",
        "0, 22, 0, open TUN interface utun4: EINVAL",
        "0, 0, 22, ask for the name of a TUN interface: EINVAL"
    })
    void shouldLeaveNothingBehindAndSayWhatFailed(int infoErrno, int connectErrno, int peerErrno, String message) {
        info = -infoErrno;
        connect = -connectErrno;
        peer = -peerErrno;
        name = peerErrno == 0 ? name : "";

        NativeIoException failure = assertThrows(NativeIoException.class, () -> UtunSocket.open(4, kernel));

        String said = String.valueOf(failure.getMessage());
        assertTrue(said.startsWith(message), said);
        assertTrue(fd.isClosed());
    }

    /** Its socket is refused: Linux has another family 32. */
    @Test
    void shouldNotBeOpenedOnLinux() {
        assertThrows(IOException.class, () -> UtunSocket.open(UtunSocket.ANY));
    }
}
