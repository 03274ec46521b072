// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * XDP links: what keeps a program on an interface (bpf(2)). A link lives while its descriptor is open somewhere, or it is
 * pinned in a bpf file system. Any thread.
 */
public final class XdpLinks {

    private static final int BPF_OBJ_PIN = 6;
    private static final int BPF_OBJ_GET = 7;
    private static final int BPF_PROG_GET_FD_BY_ID = 13;
    private static final int BPF_OBJ_GET_INFO_BY_FD = 15;
    private static final int BPF_LINK_CREATE = 28;
    private static final int BPF_LINK_UPDATE = 29;

    /** {@code enum bpf_attach_type}. */
    private static final int BPF_XDP = 37;

    // union bpf_attr of linux/bpf.h, by command
    private static final int LINK_CREATE_SIZE = 16;
    private static final int OBJECT_SIZE = 16;
    private static final int LINK_UPDATE_SIZE = 16;

    // struct bpf_prog_info { u32 type, id; u8 tag[8]; ... char name[16] at 64; }
    private static final int PROGRAM_INFO_SIZE = 80;
    private static final int PROGRAM_INFO_NAME = 64;

    // struct bpf_link_info { u32 type, id, prog_id; union { struct { u32 ifindex; } xdp; } aligned to 8; }
    private static final int LINK_INFO_SIZE = 32;
    private static final int LINK_INFO_INTERFACE = 16;
    private static final int BPF_LINK_TYPE_XDP = 6;

    private XdpLinks() {}

    /**
     * Attaches a program to an interface of the calling thread's network namespace. It stays for as long as the link's
     * descriptor is open. Linux 5.9.
     *
     * @param program an XDP program
     * @param index the interface's number
     * @param flags {@code XDP_FLAGS_...}: the mode
     * @return the link
     * @throws NativeIoException when the kernel refuses: EBUSY where a program is attached already
     */
    public static NativeFd attach(NativeFd program, int index, int flags) throws NativeIoException {
        ByteBuffer attributes = Structs.allocate(LINK_CREATE_SIZE);
        int result = program.call(attributes, (number, at) -> {
            attributes.putInt(0, number).putInt(4, index).putInt(8, BPF_XDP).putInt(12, flags);
            return Bpf.call(BPF_LINK_CREATE, at, LINK_CREATE_SIZE);
        });
        String what = "attach an XDP program to interface number " + index;
        if (result < 0) {
            throw new NativeIoException(what, -result);
        }
        return NativeFd.adopt(result, what);
    }

    /**
     * What the kernel says of an XDP link.
     *
     * @param program the number of the program
     * @param index the interface's; 0 when that is gone
     */
    public record State(int program, int index) {}

    /**
     * Asks about a link.
     *
     * @param link the link
     * @return what it holds, or null when it is no XDP link
     */
    public static @Nullable State state(NativeFd link) {
        ByteBuffer info = Structs.allocate(LINK_INFO_SIZE);
        int result = info(link, info, LINK_INFO_SIZE);
        return result < 0 || info.getInt(0) != BPF_LINK_TYPE_XDP
                ? null
                : new State(info.getInt(8), info.getInt(LINK_INFO_INTERFACE));
    }

    /**
     * Asks for a program's number.
     *
     * @param program the program
     * @return the number, or the negated errno
     */
    public static int programNumber(NativeFd program) {
        ByteBuffer info = Structs.allocate(PROGRAM_INFO_SIZE);
        int result = info(program, info, PROGRAM_INFO_SIZE);
        return result < 0 ? result : info.getInt(4);
    }

    /**
     * Asks for the name of a program that may be somebody else's.
     *
     * @param number the program's number
     * @return what it was loaded as; empty when there is none of that number
     */
    public static String programName(int number) {
        ByteBuffer attributes = Structs.allocate(OBJECT_SIZE).putInt(0, number);
        try (NativeFd program = Bpf.descriptor(BPF_PROG_GET_FD_BY_ID, attributes, "look at a program")) {
            ByteBuffer info = Structs.allocate(PROGRAM_INFO_SIZE);
            return info(program, info, PROGRAM_INFO_SIZE) < 0
                    ? ""
                    : Structs.cString(info, PROGRAM_INFO_NAME, Bpf.NAME_SIZE);
        } catch (NativeIoException gone) {
            return "";
        }
    }

    private static int info(NativeFd object, ByteBuffer target, int size) {
        ByteBuffer attributes = Structs.allocate(OBJECT_SIZE);
        try {
            return object.call(attributes, (number, at) -> {
                attributes.putInt(0, number).putInt(4, size).putLong(8, LibC.address(target));
                return Bpf.call(BPF_OBJ_GET_INFO_BY_FD, at, OBJECT_SIZE);
            });
        } finally {
            Reference.reachabilityFence(target);
        }
    }

    /**
     * Puts another program in the place of the one that a link holds, in one step.
     *
     * @param link an XDP link
     * @param program the program
     * @return 0, or the negated errno: {@code -ENOLINK} when the interface is gone
     */
    public static int update(NativeFd link, NativeFd program) {
        if (!program.acquire()) {
            return -Errno.EBADF;
        }
        try {
            ByteBuffer attributes = Structs.allocate(LINK_UPDATE_SIZE).putInt(4, program.number());
            return link.call(attributes, (number, at) -> {
                attributes.putInt(0, number);
                return Bpf.call(BPF_LINK_UPDATE, at, LINK_UPDATE_SIZE);
            });
        } finally {
            program.release();
        }
    }

    /**
     * Gives an object a name in a bpf file system, which holds it beyond this process.
     *
     * @param object a link, program or map
     * @param path a file that is not there
     * @throws NativeIoException when the kernel refuses
     */
    public static void pin(NativeFd object, String path) throws NativeIoException {
        ByteBuffer name = path(path);
        ByteBuffer attributes = Structs.allocate(OBJECT_SIZE);
        try {
            int result = object.call(attributes, (number, at) -> {
                attributes.putLong(0, LibC.address(name)).putInt(8, number);
                return Bpf.call(BPF_OBJ_PIN, at, OBJECT_SIZE);
            });
            if (result < 0) {
                throw new NativeIoException(
                        "pin to " + path,
                        -result,
                        result == -Errno.EPERM || result == -Errno.EINVAL || result == -Errno.ENOENT
                                ? "it must be a new file in a bpf file system: mount -t bpf bpf /sys/fs/bpf"
                                : Errno.remedy(-result));
            }
        } finally {
            Reference.reachabilityFence(name);
        }
    }

    /**
     * Opens what was pinned.
     *
     * @param path the file
     * @return the object, or null when there is no such file
     * @throws NativeIoException when the kernel refuses
     */
    public static @Nullable NativeFd pinned(String path) throws NativeIoException {
        ByteBuffer name = path(path);
        ByteBuffer attributes = Structs.allocate(OBJECT_SIZE).putLong(0, LibC.address(name));
        try {
            return Bpf.descriptor(BPF_OBJ_GET, attributes, "open the pinned " + path);
        } catch (NativeIoException failure) {
            if (failure.errno() == Errno.ENOENT) {
                return null;
            }
            throw failure;
        } finally {
            Reference.reachabilityFence(name);
        }
    }

    private static ByteBuffer path(String path) {
        byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        if (path.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a path holds no NUL: path=" + path.replace('\0', '?'));
        }
        return Structs.allocate(bytes.length + 1).put(0, bytes);
    }
}
