// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One instruction: {@code struct bpf_insn} of linux/bpf.h. A constant of 64 bits takes two, of which the second is nothing
 * but its upper half.
 *
 * @param opcode the operation, 8 bits
 * @param destination a register's number
 * @param source a register's number, or the kind of a constant
 * @param offset of a load or store from its register; of a jump, in instructions, from the next one
 * @param constant the immediate operand
 */
public record Instruction(int opcode, int destination, int source, int offset, int constant) {

    /** Bytes of an encoded instruction. */
    public static final int SIZE = 8;

    // Classes, RFC 9669 section 2.3
    static final int LD = 0x00;
    static final int LDX = 0x01;
    static final int STX = 0x03;
    static final int JMP = 0x05;
    static final int ALU64 = 0x07;

    /** The modes of loads and stores: a constant, and memory. */
    static final int IMM = 0x00;

    static final int MEM = 0x60;

    /** The second operand is a register, not the constant. */
    static final int FROM_REGISTER = 0x08;

    static final int ADD = 0x00;
    static final int AND = 0x50;
    static final int SHIFT_LEFT = 0x60;
    static final int MOVE = 0xb0;

    static final int ALWAYS = 0x00;
    static final int CALL = 0x80;
    static final int EXIT = 0x90;

    /** {@code BPF_PSEUDO_MAP_FD}: the constant is the descriptor of a map, in whose place the kernel puts an address. */
    static final int MAP_DESCRIPTOR = 1;

    static final int LOAD_CONSTANT_64 = LD | IMM | 0x18;

    private static final int CLASS = 0x07;

    /**
     * Writes the instruction as the kernel reads it: in the byte order of the machine.
     *
     * @param target in that byte order; its position moves by {@link #SIZE}
     */
    void encode(ByteBuffer target) {
        // A bit field: the destination comes first, which on a little-endian machine is the lower half.
        int registers =
                target.order() == ByteOrder.LITTLE_ENDIAN ? source << 4 | destination : destination << 4 | source;
        target.put((byte) opcode).put((byte) registers).putShort((short) offset).putInt(constant);
    }

    /**
     * Reads an instruction back.
     *
     * @param from in the byte order of the machine; its position moves by {@link #SIZE}
     * @return the instruction
     */
    public static Instruction decode(ByteBuffer from) {
        int opcode = from.get() & 0xff;
        int registers = from.get() & 0xff;
        boolean little = from.order() == ByteOrder.LITTLE_ENDIAN;
        return new Instruction(
                opcode,
                little ? registers & 15 : registers >> 4,
                little ? registers >> 4 : registers & 15,
                from.getShort(),
                from.getInt());
    }

    /** {@return whether it is the first half of a constant of 64 bits} */
    public boolean isWide() {
        return opcode == LOAD_CONSTANT_64;
    }

    /** {@return the class of the operation: the lower three bits} */
    public int operationClass() {
        return opcode & CLASS;
    }

    /** {@return the instruction in the syntax of LLVM's assembler, by which others can assemble and read it} */
    @Override
    public String toString() {
        String register = "r" + destination;
        String operand = (opcode & FROM_REGISTER) != 0 ? "r" + source : Integer.toString(constant);
        return switch (operationClass()) {
            case LD -> register + " = " + constant + " ll" + (source == MAP_DESCRIPTOR ? " # map" : "");
            case LDX -> register + " = " + memory(source);
            case STX -> memory(destination) + " = r" + source;
            case ALU64 -> register + " " + operator() + " " + operand;
            default -> jump(register, operand);
        };
    }

    private String operator() {
        return switch (opcode & 0xf0) {
            case ADD -> "+=";
            case AND -> "&=";
            case SHIFT_LEFT -> "<<=";
            default -> "=";
        };
    }

    private String jump(String register, String operand) {
        String target = "goto " + (offset < 0 ? "" : "+") + offset;
        return switch (opcode & 0xf0) {
            case ALWAYS -> target;
            case CALL -> "call " + constant;
            case EXIT -> "exit";
            default -> {
                for (Condition condition : Condition.values()) {
                    if (condition.bits == (opcode & 0xf0)) {
                        yield "if " + register + " " + condition.text + " " + operand + " " + target;
                    }
                }
                yield "unknown opcode " + opcode;
            }
        };
    }

    private String memory(int base) {
        String type = "u8";
        for (Width width : Width.values()) {
            if (width.bits == (opcode & 0x18)) {
                type = width.toString();
            }
        }
        return "*(" + type + " *)(r" + base + " " + (offset < 0 ? "- " + -offset : "+ " + offset) + ")";
    }
}
