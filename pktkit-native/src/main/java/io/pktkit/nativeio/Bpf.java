// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The calls of bpf(2) that an XDP program needs. What they make are descriptors: closed, the kernel forgets map and program,
 * unless something else holds them. Any thread.
 */
public final class Bpf {

    /** {@code BPF_MAP_TYPE_LPM_TRIE}: the longest prefix that matches a key. */
    public static final int LPM_TRIE = 11;

    /** {@code BPF_MAP_TYPE_XSKMAP}: AF_XDP sockets by queue. */
    public static final int XSKMAP = 17;

    /** {@code BPF_F_NO_PREALLOC}, which a trie must have. */
    public static final int NO_PREALLOC = 1;

    private static final int BPF_MAP_CREATE = 0;
    private static final int BPF_MAP_UPDATE_ELEM = 2;
    private static final int BPF_MAP_DELETE_ELEM = 3;
    private static final int BPF_PROG_LOAD = 5;
    private static final int BPF_PROG_TEST_RUN = 10;

    private static final int BPF_PROG_TYPE_XDP = 6;

    /** Of the programs and maps that {@code bpftool} lists. */
    static final int NAME_SIZE = 16;

    // union bpf_attr of linux/bpf.h, by command
    private static final int MAP_CREATE_SIZE = 44;
    private static final int MAP_CREATE_NAME = 28;
    private static final int MAP_ELEMENT_SIZE = 32;
    private static final int PROGRAM_LOAD_SIZE = 72;
    private static final int PROGRAM_LOAD_LOG = 24;
    private static final int PROGRAM_LOAD_NAME = 48;
    private static final int TEST_RUN_SIZE = 80;
    private static final int TEST_RUN_RESULT = 4;

    private static final int INSTRUCTION_SIZE = 8;

    /** What the verifier says of a program that it refuses can be long; the end says why. */
    private static final int LOG_SIZE = 1 << 20;

    private static final int LOG_SHOWN = 2000;

    /** Before Linux 5.11 maps counted against the limit of locked memory, and EPERM said so too. */
    private static final String PRIVILEGE =
            "run as root or give the process CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN (CAP_SYS_ADMIN before Linux 5.8);"
                    + " before Linux 5.11 also raise the limit of locked memory (ulimit -l unlimited, LimitMEMLOCK=infinity in a unit)";

    /**
     * What the verifier says where CAP_PERFMON is missing: without it no register may be added to the address of a packet,
     * as is needed to step over a header of variable length.
     */
    private static final String ONLY_PRIVILEGED = "prohibited for !root";

    private Bpf() {}

    /** Makes a program for maps that are open. */
    @FunctionalInterface
    public interface Assembly {

        /**
         * Assembles the program.
         *
         * @param maps the numbers of the maps' descriptors, which hold until this returns and the program is loaded
         * @return the instructions, encoded in the byte order of the machine
         */
        byte[] assemble(int[] maps);
    }

    /** The number of the call: x86-64 has its own table, the others share one. */
    private static final class CallNumber {
        static final int BPF =
                "amd64".equals(System.getProperty("os.arch")) || "x86_64".equals(System.getProperty("os.arch"))
                        ? 321
                        : 280;

        private CallNumber() {}
    }

    /**
     * Makes a map.
     *
     * @param name what tools list it under, at most 15 letters, digits and underscores
     * @param type {@link #LPM_TRIE} or {@link #XSKMAP}
     * @param keySize bytes
     * @param valueSize bytes
     * @param maxEntries entries
     * @param flags {@link #NO_PREALLOC} or 0
     * @return the map
     * @throws IOException when the kernel refuses, naming the privilege or limit
     */
    public static NativeFd createMap(String name, int type, int keySize, int valueSize, int maxEntries, int flags)
            throws IOException {
        NativePlatform.require("eBPF");
        ByteBuffer attributes = Structs.allocate(MAP_CREATE_SIZE)
                .putInt(0, type)
                .putInt(4, keySize)
                .putInt(8, valueSize)
                .putInt(12, maxEntries)
                .putInt(16, flags)
                .put(MAP_CREATE_NAME, name(name));
        return descriptor(BPF_MAP_CREATE, attributes, "create the eBPF map " + name);
    }

    /**
     * Writes an entry, in place of the one with the same key.
     *
     * @param map the map
     * @param key as many bytes as the map's keys have
     * @param value as many bytes as its values have
     * @return 0, or the negated errno
     */
    public static int update(NativeFd map, byte[] key, byte[] value) {
        return element(BPF_MAP_UPDATE_ELEM, map, key, value);
    }

    /**
     * Puts a descriptor into a map, such as a socket into an {@link #XSKMAP}.
     *
     * @param map the map, of keys and values of 4 bytes
     * @param key the key
     * @param value what the kernel is to hold there; it takes it out when that is closed
     * @return 0, or the negated errno
     */
    public static int put(NativeFd map, int key, NativeFd value) {
        if (!value.acquire()) {
            return -Errno.EBADF;
        }
        try {
            return update(map, bytes(key), bytes(value.number()));
        } finally {
            value.release();
        }
    }

    /**
     * Takes a descriptor out of a map.
     *
     * @param map the map, of keys of 4 bytes
     * @param key the key
     * @return 0, or the negated errno; {@code -ENOENT} when there was none
     */
    public static int remove(NativeFd map, int key) {
        return delete(map, bytes(key));
    }

    private static byte[] bytes(int value) {
        return ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(value)
                .array();
    }

    /**
     * Deletes an entry.
     *
     * @param map the map
     * @param key as many bytes as the map's keys have
     * @return 0, or the negated errno; {@code -ENOENT} when there was none
     */
    public static int delete(NativeFd map, byte[] key) {
        return element(BPF_MAP_DELETE_ELEM, map, key, new byte[0]);
    }

    private static int element(int command, NativeFd map, byte[] key, byte[] value) {
        ByteBuffer bytes =
                Structs.allocate(key.length + value.length).put(0, key).put(key.length, value);
        ByteBuffer attributes = Structs.allocate(MAP_ELEMENT_SIZE);
        try {
            return map.call(attributes, (number, at) -> {
                long address = LibC.address(bytes);
                attributes.putInt(0, number).putLong(8, address);
                if (value.length > 0) {
                    // The kernel refuses a field that a command does not have, unless it is 0.
                    attributes.putLong(16, address + key.length);
                }
                return call(command, at, MAP_ELEMENT_SIZE);
            });
        } finally {
            Reference.reachabilityFence(bytes);
        }
    }

    /**
     * Loads an XDP program: it is verified, and runs nowhere yet.
     *
     * @param name what tools list it under, at most 15 letters, digits and underscores
     * @param assembly makes the program
     * @param maps what it uses; the kernel keeps them for as long as it keeps the program
     * @return the program
     * @throws IOException when the kernel refuses; with what its verifier says if that is why
     */
    public static NativeFd loadXdp(String name, Assembly assembly, NativeFd... maps) throws IOException {
        NativePlatform.require("eBPF");
        int[] numbers = new int[maps.length];
        int acquired = 0;
        try {
            while (acquired < maps.length && maps[acquired].acquire()) {
                numbers[acquired] = maps[acquired].number();
                acquired++;
            }
            if (acquired < maps.length) {
                throw new NativeIoException("load the XDP program " + name, Errno.EBADF);
            }
            return loadXdp(name, assembly.assemble(numbers));
        } finally {
            while (acquired > 0) {
                maps[--acquired].release();
            }
        }
    }

    private static NativeFd loadXdp(String name, byte[] instructions) throws NativeIoException {
        // Without a log at first: one that is too small for what the verifier says would be an error of its own.
        int result = load(name, instructions, null);
        if (result >= 0) {
            return NativeFd.adopt(result, "load");
        }
        String what = "load the XDP program " + name;
        if (result == -Errno.EPERM) {
            throw new NativeIoException(what, Errno.EPERM, PRIVILEGE);
        }
        ByteBuffer log = Structs.allocate(LOG_SIZE);
        int again = load(name, instructions, log);
        if (again >= 0) {
            return NativeFd.adopt(again, "load");
        }
        String said = Structs.cString(log, 0, LOG_SIZE).strip();
        if (result == -Errno.EACCES && said.contains(ONLY_PRIVILEGED)) {
            throw new NativeIoException(what, Errno.EACCES, PRIVILEGE);
        }
        int from = Math.max(0, said.length() - LOG_SHOWN);
        throw new NativeIoException(
                what, -result, said.isEmpty() ? Errno.remedy(-result) : "the verifier says: " + said.substring(from));
    }

    private static int load(String name, byte[] instructions, @Nullable ByteBuffer log) {
        ByteBuffer code = Structs.allocate(instructions.length).put(0, instructions);
        ByteBuffer license = Structs.allocate(4).put(0, "MIT".getBytes(StandardCharsets.US_ASCII));
        ByteBuffer attributes = Structs.allocate(PROGRAM_LOAD_SIZE)
                .putInt(0, BPF_PROG_TYPE_XDP)
                .putInt(4, instructions.length / INSTRUCTION_SIZE)
                .putLong(8, LibC.address(code))
                .putLong(16, LibC.address(license))
                .put(PROGRAM_LOAD_NAME, name(name));
        if (log != null) {
            attributes
                    .putInt(PROGRAM_LOAD_LOG, 1)
                    .putInt(PROGRAM_LOAD_LOG + 4, log.capacity())
                    .putLong(PROGRAM_LOAD_LOG + 8, LibC.address(log));
        }
        try {
            int result = call(BPF_PROG_LOAD, LibC.address(attributes), PROGRAM_LOAD_SIZE);
            return result < 0 ? -LibC.errno() : result;
        } finally {
            Reference.reachabilityFence(attributes);
            Reference.reachabilityFence(code);
            Reference.reachabilityFence(license);
            Reference.reachabilityFence(log);
        }
    }

    /**
     * Runs a program once on a frame that nobody sent.
     *
     * @param program an XDP program
     * @param frame at least 14 bytes
     * @return what the program answered, or the negated errno
     */
    public static int testRun(NativeFd program, byte[] frame) {
        ByteBuffer bytes = Structs.allocate(frame.length).put(0, frame);
        ByteBuffer attributes = Structs.allocate(TEST_RUN_SIZE);
        try {
            int result = program.call(attributes, (number, at) -> {
                attributes
                        .putInt(0, number)
                        .putInt(8, frame.length)
                        .putLong(16, LibC.address(bytes))
                        .putInt(32, 1);
                return call(BPF_PROG_TEST_RUN, at, TEST_RUN_SIZE);
            });
            return result < 0 ? result : attributes.getInt(TEST_RUN_RESULT);
        } finally {
            Reference.reachabilityFence(bytes);
        }
    }

    static NativeFd descriptor(int command, ByteBuffer attributes, String what) throws NativeIoException {
        try {
            int result = call(command, LibC.address(attributes), attributes.capacity());
            if (result >= 0) {
                return NativeFd.adopt(result, what);
            }
            int errno = LibC.errno();
            throw errno == Errno.EPERM
                    ? new NativeIoException(what, errno, PRIVILEGE)
                    : new NativeIoException(what, errno);
        } finally {
            Reference.reachabilityFence(attributes);
        }
    }

    static int call(int command, long attributes, int size) {
        return (int) LibC.syscall(CallNumber.BPF, command, attributes, size);
    }

    private static byte[] name(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
        if (bytes.length >= NAME_SIZE) {
            throw new IllegalArgumentException("a name has at most 15 bytes: name=" + name);
        }
        return bytes;
    }
}
