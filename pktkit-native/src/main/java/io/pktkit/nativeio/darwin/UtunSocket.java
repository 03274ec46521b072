// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.darwin;

import io.pktkit.nativeio.Errno;
import io.pktkit.nativeio.NativeFd;
import io.pktkit.nativeio.NativeIoException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The socket behind a utun interface, which lives as long as the socket. One message is one packet, behind four bytes that
 * tell its family: {@code AF_...} of macOS, big-endian.
 *
 * @param fd the socket, non-blocking and close-on-exec, owned by who asked for it
 * @param name the interface's name
 */
public record UtunSocket(NativeFd fd, String name) {

    /** What the name of each such interface begins with; its number follows. */
    public static final String PREFIX = "utun";

    /** For the kernel to choose the number. */
    public static final int ANY = -1;

    /** The greatest number: units are one more, and an {@code int} here. */
    public static final int MAX_NUMBER = Integer.MAX_VALUE - 1;

    private static final String CONTROL = "com.apple.net.utun_control";

    private static final int UTUN_OPT_IFNAME = 2;

    /** {@code IFNAMSIZ}, and the length behind it. */
    private static final int NAME_ROOM = 16 + Integer.BYTES;

    /**
     * Makes an interface, which is up, without addresses.
     *
     * @param number the number after {@link #PREFIX}, or {@link #ANY}
     * @return its socket and name
     * @throws IOException when this is not macOS, permission is missing, or the number is taken; nothing is left behind
     *     then
     */
    public static UtunSocket open(int number) throws IOException {
        return open(number, new ControlCalls());
    }

    /** Opens one whose system calls are given. */
    static UtunSocket open(int number, ControlCalls calls) throws IOException {
        if (number < ANY || number > MAX_NUMBER) {
            throw new IllegalArgumentException("number must be in [-1, " + MAX_NUMBER + "]: number=" + number);
        }
        NativeFd fd = calls.socket();
        try {
            ByteBuffer info = ControlStructures.info(CONTROL);
            check(calls.ioctl(fd, ControlStructures.CTLIOCGINFO, info), "find the kernel control " + CONTROL);
            int unit = number + 1; // 0 for the kernel's choice
            ByteBuffer address = ControlStructures.address(ControlStructures.id(info), unit);
            connected(calls.connect(fd, address), number);
            String name = name(fd, calls);
            fd.setNonBlocking();
            return new UtunSocket(fd, name);
        } catch (IOException | RuntimeException | Error failure) {
            fd.close();
            throw failure;
        }
    }

    private static void connected(int result, int number) throws NativeIoException {
        String name = PREFIX + number;
        if (result == -Errno.EBUSY) {
            String remedy = "the name " + name + " is in use: close the program that holds it, or choose another name";
            throw new NativeIoException("open TUN interface " + name, Errno.EBUSY, remedy);
        }
        if (result == -Errno.EPERM || result == -Errno.EACCES) {
            throw new NativeIoException("open a TUN interface", -result, "run as root");
        }
        check(result, "open " + (number == ANY ? "a TUN interface" : "TUN interface " + name));
    }

    /** What the kernel says; else made of the unit that it has assigned, which need not be the one asked for. */
    private static String name(NativeFd fd, ControlCalls calls) throws NativeIoException {
        ByteBuffer text = ControlStructures.allocate(NAME_ROOM);
        int length = calls.option(fd, UTUN_OPT_IFNAME, text);
        if (length > 1) {
            byte[] name = new byte[length - 1]; // its NUL is counted
            text.get(0, name);
            return new String(name, StandardCharsets.US_ASCII);
        }
        ByteBuffer address = ControlStructures.allocate(ControlStructures.ADDRESS_SIZE + Integer.BYTES);
        check(calls.peer(fd, address), "ask for the name of a TUN interface");
        return PREFIX + (ControlStructures.unit(address) - 1);
    }

    private static void check(int result, String call) throws NativeIoException {
        if (result < 0) {
            throw new NativeIoException(call, -result);
        }
    }
}
