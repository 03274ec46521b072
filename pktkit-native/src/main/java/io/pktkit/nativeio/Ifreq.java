// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * {@code struct ifreq} of {@code linux/if.h}: a name and a union, of which flags are used here.
 *
 * <p>The structure is 40 bytes on 64-bit Linux, since the union is as long as {@code struct ifmap}. Giving the kernel less
 * would let it read and write past the end. Owned by one thread.
 */
public final class Ifreq {

    /** The whole structure, in bytes. */
    public static final int SIZE = 40;

    /** {@code IFNAMSIZ}: the name's field, its final NUL included. */
    public static final int NAME_SIZE = 16;

    private static final int NAME_OFFSET = 0;
    private static final int FLAGS_OFFSET = NAME_OFFSET + NAME_SIZE;

    private final ByteBuffer memory = Structs.allocate(SIZE);

    /**
     * Makes a structure of zeros with a name.
     *
     * @param name the interface's name, at most 15 bytes, see {@link #checkName}; may be empty
     */
    public Ifreq(String name) {
        if (!name.isEmpty()) {
            checkName(name);
        }
        memory.put(NAME_OFFSET, name.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Refuses a name that the kernel would refuse, or worse, cut: a cut name can be that of another interface.
     *
     * @param name the name of an interface
     * @throws IllegalArgumentException when it is not 1 to 15 bytes of UTF-8, is {@code .} or {@code ..}, or holds a
     *     slash, a colon, a percent sign, white space or a control character
     */
    public static void checkName(String name) {
        int length = name.getBytes(StandardCharsets.UTF_8).length;
        if (length < 1 || length >= NAME_SIZE) {
            throw new IllegalArgumentException(
                    "an interface name has 1 to 15 bytes: name=" + printable(name) + " length=" + length);
        }
        if (name.equals(".") || name.equals("..") || name.codePoints().anyMatch(Ifreq::isForbidden)) {
            throw new IllegalArgumentException(
                    "an interface name is not . or .. and holds no slash, colon, percent sign,"
                            + " white space or control character: name=" + printable(name));
        }
    }

    /** A percent sign makes the kernel number the name ({@code tap%d}), so that the result is not what was asked for. */
    private static boolean isForbidden(int c) {
        return c == '/' || c == ':' || c == '%' || Character.isWhitespace(c) || Character.isISOControl(c);
    }

    private static String printable(String name) {
        StringBuilder text = new StringBuilder();
        name.codePoints().limit(64).forEach(c -> text.appendCodePoint(Character.isISOControl(c) ? '?' : c));
        return text.toString();
    }

    /**
     * Sets {@code ifr_flags}.
     *
     * @param flags 16 bits
     * @return this
     */
    public Ifreq flags(int flags) {
        memory.putShort(FLAGS_OFFSET, (short) flags);
        return this;
    }

    /**
     * The flags, as set or as the kernel answered.
     *
     * @return 16 bits
     */
    public int flags() {
        return memory.getShort(FLAGS_OFFSET) & 0xffff;
    }

    /**
     * The name, as set or as the kernel answered.
     *
     * @return the name without its NUL
     */
    public String name() {
        return Structs.cString(memory, NAME_OFFSET, NAME_SIZE);
    }

    /**
     * The structure itself, for {@link NativeFd#ioctl}.
     *
     * @return the memory, {@link #SIZE} bytes, owned by this object
     */
    public ByteBuffer memory() {
        return memory;
    }
}
