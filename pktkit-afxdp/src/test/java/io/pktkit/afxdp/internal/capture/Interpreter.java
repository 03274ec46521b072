// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.capture;

import io.pktkit.afxdp.internal.bpf.Instruction;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A small eBPF machine for the capture program, written from RFC 9669: it knows each byte that may be read or written, and
 * fails on any other. Its maps are plain Java.
 */
final class Interpreter {

    private static final long CONTEXT = 0x1000;
    private static final long PACKET = 0x10_0000;
    private static final long STACK_END = 0x20_0000;
    private static final long VALUE = 0x30_0000;
    private static final int STACK_SIZE = 512;

    private final List<Instruction> program;
    private final CaptureProgram.Maps maps;
    private final Map<String, byte[]> ipv4;
    private final Map<String, byte[]> ipv6;
    private final boolean hasSocket;

    private final long[] r = new long[11];
    private final byte[] stack = new byte[STACK_SIZE];
    private byte[] packet = new byte[0];
    private byte[] value = new byte[0];

    /**
     * @param ipv4 values by the bits of their prefix, as ones and zeros
     * @param ipv6 likewise
     * @param hasSocket whether the queue has a socket
     */
    Interpreter(
            List<Instruction> program,
            CaptureProgram.Maps maps,
            Map<String, byte[]> ipv4,
            Map<String, byte[]> ipv6,
            boolean hasSocket) {
        this.program = program;
        this.maps = maps;
        this.ipv4 = ipv4;
        this.ipv6 = ipv6;
        this.hasSocket = hasSocket;
    }

    /** Runs the program on a frame; the answer is its verdict. */
    int run(byte[] frame) {
        packet = frame;
        Arrays.fill(r, 0xdead_beef_dead_beefL);
        r[1] = CONTEXT;
        r[10] = STACK_END;
        for (int at = 0; ; at++) {
            Instruction i = program.get(at);
            boolean fromRegister = (i.opcode() & 8) != 0;
            long operand = fromRegister ? r[i.source()] : i.constant();
            int operation = i.opcode() & 0xf0;
            switch (i.operationClass()) {
                case 0 -> {
                    r[i.destination()] = i.constant();
                    at++;
                }
                case 1 -> r[i.destination()] = load(r[i.source()] + i.offset(), width(i));
                case 3 -> store(r[i.destination()] + i.offset(), width(i), r[i.source()]);
                case 7 ->
                    r[i.destination()] = switch (operation) {
                        case 0x00 -> r[i.destination()] + operand;
                        case 0x50 -> r[i.destination()] & operand;
                        case 0x60 -> r[i.destination()] << operand;
                        case 0xb0 -> operand;
                        default -> throw new AssertionError("unknown: " + i);
                    };
                case 5 -> {
                    if (operation == 0x90) {
                        return (int) r[0];
                    }
                    if (operation == 0x80) {
                        call(i.constant());
                    } else if (taken(operation, r[i.destination()], operand)) {
                        at += i.offset();
                    }
                }
                default -> throw new AssertionError("unknown: " + i);
            }
        }
    }

    private static boolean taken(int operation, long one, long other) {
        return switch (operation) {
            case 0x00 -> true;
            case 0x10 -> one == other;
            case 0x50 -> one != other;
            case 0x20 -> Long.compareUnsigned(one, other) > 0;
            case 0xa0 -> Long.compareUnsigned(one, other) < 0;
            case 0x40 -> (one & other) != 0;
            default -> throw new AssertionError("unknown jump: " + operation);
        };
    }

    private static int width(Instruction i) {
        return switch (i.opcode() & 0x18) {
            case 0x00 -> 4;
            case 0x08 -> 2;
            case 0x10 -> 1;
            default -> 8;
        };
    }

    private long load(long address, int width) {
        if (address >= CONTEXT && address < CONTEXT + 24 && width == 4) {
            return switch ((int) (address - CONTEXT)) {
                case 0 -> PACKET;
                case 4 -> PACKET + packet.length;
                case 16 -> 3;
                default -> throw new AssertionError("context read at " + (address - CONTEXT));
            };
        }
        if (address >= PACKET && address + width <= PACKET + packet.length) {
            return number(packet, (int) (address - PACKET), width);
        }
        if (address >= STACK_END - STACK_SIZE && address + width <= STACK_END) {
            return number(stack, (int) (address - STACK_END + STACK_SIZE), width);
        }
        if (address >= VALUE && address + width <= VALUE + value.length) {
            return number(value, (int) (address - VALUE), width);
        }
        throw new AssertionError("read of " + width + " at " + Long.toHexString(address));
    }

    private static long number(byte[] from, int at, int width) {
        ByteBuffer buffer = ByteBuffer.wrap(from).order(ByteOrder.nativeOrder());
        return switch (width) {
            case 1 -> buffer.get(at) & 0xffL;
            case 2 -> buffer.getShort(at) & 0xffffL;
            case 4 -> buffer.getInt(at) & 0xffff_ffffL;
            default -> buffer.getLong(at);
        };
    }

    private void store(long address, int width, long number) {
        if (address < STACK_END - STACK_SIZE || address + width > STACK_END || address % width != 0) {
            throw new AssertionError("write of " + width + " at " + Long.toHexString(address));
        }
        ByteBuffer buffer = ByteBuffer.wrap(stack).order(ByteOrder.nativeOrder());
        int at = (int) (address - STACK_END + STACK_SIZE);
        switch (width) {
            case 1 -> buffer.put(at, (byte) number);
            case 2 -> buffer.putShort(at, (short) number);
            case 4 -> buffer.putInt(at, (int) number);
            default -> buffer.putLong(at, number);
        }
    }

    private void call(int helper) {
        if (helper == 1) {
            boolean isIpv4 = r[1] == maps.ipv4();
            if (!isIpv4 && r[1] != maps.ipv6()) {
                throw new AssertionError("lookup in map " + r[1]);
            }
            int bits = (int) load(r[2], 4);
            assertWhole(bits, isIpv4 ? 32 : 128);
            StringBuilder key = new StringBuilder();
            for (int i = 0; i < bits / 8; i++) {
                key.append(Integer.toBinaryString((int) load(r[2] + 4 + i, 1) | 0x100), 1, 9);
            }
            Map<String, byte[]> trie = isIpv4 ? ipv4 : ipv6;
            r[0] = 0;
            for (int length = bits; length >= 0 && r[0] == 0; length--) {
                byte[] found = trie.get(key.substring(0, length));
                if (found != null) {
                    value = found;
                    r[0] = VALUE;
                }
            }
        } else if (helper == 51) {
            if (r[1] != maps.sockets() || r[2] != 3) {
                throw new AssertionError("redirect to map " + r[1] + " queue " + r[2]);
            }
            // The lower two bits are the verdict for a queue without a socket.
            r[0] = hasSocket ? CaptureProgram.XDP_REDIRECT : (int) r[3];
        } else {
            throw new AssertionError("helper " + helper);
        }
        for (int i = 1; i <= 5; i++) {
            r[i] = 0xdead_beef_dead_beefL;
        }
    }

    private static void assertWhole(int bits, int expected) {
        if (bits != expected) {
            throw new AssertionError("a lookup of " + bits + " bits");
        }
    }
}
