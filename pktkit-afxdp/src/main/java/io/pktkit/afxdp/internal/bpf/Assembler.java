// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.bpf;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Assembles an eBPF program (RFC 9669). A method appends an instruction; jumps name a {@link Label}, which is bound where it
 * is {@link #place placed}. Jumps lead forward only, as a program without loops needs no other, and every verifier takes
 * it. Owned by one thread.
 */
public final class Assembler {

    private static final int UNPLACED = -1;

    private final List<Instruction> instructions = new ArrayList<>();

    /** The jump at each place, or null. */
    private final List<@Nullable Label> targets = new ArrayList<>();

    /** Starts with nothing. */
    public Assembler() {}

    /** A place in a program. */
    public static final class Label {

        private final String name;
        private int at = UNPLACED;

        private Label(String name) {
            this.name = name;
        }
    }

    /**
     * Makes a label, to be placed later.
     *
     * @param name for the message about one that never was
     * @return the label
     */
    public Label label(String name) {
        return new Label(name);
    }

    /**
     * Binds a label to what is appended next.
     *
     * @param label one that is not bound
     * @return this
     */
    public Assembler place(Label label) {
        if (label.at != UNPLACED) {
            throw new IllegalStateException("label placed twice: label=" + label.name);
        }
        label.at = instructions.size();
        return this;
    }

    /** {@code to = from}. */
    public Assembler move(Register to, Register from) {
        return alu(Instruction.MOVE | Instruction.FROM_REGISTER, to, from.number(), 0);
    }

    /** {@code to = constant}, with its sign extended. */
    public Assembler move(Register to, int constant) {
        return alu(Instruction.MOVE, to, 0, constant);
    }

    /** {@code to += from}. */
    public Assembler add(Register to, Register from) {
        return alu(Instruction.ADD | Instruction.FROM_REGISTER, to, from.number(), 0);
    }

    /** {@code to += constant}. */
    public Assembler add(Register to, int constant) {
        return alu(Instruction.ADD, to, 0, constant);
    }

    /** {@code to &= constant}. */
    public Assembler and(Register to, int constant) {
        return alu(Instruction.AND, to, 0, constant);
    }

    /** {@code to <<= bits}. */
    public Assembler shiftLeft(Register to, int bits) {
        return alu(Instruction.SHIFT_LEFT, to, 0, bits);
    }

    /** {@code to = *(width *)(base + offset)}, in the byte order of the machine. */
    public Assembler load(Width width, Register to, Register base, int offset) {
        return append(Instruction.LDX | Instruction.MEM | width.bits, to.number(), base.number(), offset, 0, null);
    }

    /** {@code *(width *)(base + offset) = from}, in the byte order of the machine. */
    public Assembler store(Width width, Register base, int offset, Register from) {
        return append(Instruction.STX | Instruction.MEM | width.bits, base.number(), from.number(), offset, 0, null);
    }

    /** {@code to =} the map behind a descriptor. */
    public Assembler loadMap(Register to, int descriptor) {
        append(Instruction.LOAD_CONSTANT_64, to.number(), Instruction.MAP_DESCRIPTOR, 0, descriptor, null);
        return append(0, 0, 0, 0, 0, null);
    }

    /** {@code goto target}. */
    public Assembler jump(Label target) {
        return append(Instruction.JMP | Instruction.ALWAYS, 0, 0, 0, 0, target);
    }

    /** {@code if (one condition constant) goto target}; the constant's sign is extended. */
    public Assembler jumpIf(Register one, Condition condition, int constant, Label target) {
        return append(Instruction.JMP | condition.bits, one.number(), 0, 0, constant, target);
    }

    /** {@code if (one condition other) goto target}. */
    public Assembler jumpIf(Register one, Condition condition, Register other, Label target) {
        return append(
                Instruction.JMP | condition.bits | Instruction.FROM_REGISTER,
                one.number(),
                other.number(),
                0,
                0,
                target);
    }

    /** {@code r0 = helper(r1, ..., r5)}, after which these five hold nothing. */
    public Assembler call(int helper) {
        return append(Instruction.JMP | Instruction.CALL, 0, 0, 0, helper, null);
    }

    /** {@code return r0}. */
    public Assembler exit() {
        return append(Instruction.JMP | Instruction.EXIT, 0, 0, 0, 0, null);
    }

    /**
     * Ends the program.
     *
     * @return it
     */
    public List<Instruction> assemble() {
        Instruction[] all = instructions.toArray(Instruction[]::new);
        for (int i = 0; i < all.length; i++) {
            Label target = targets.get(i);
            if (target != null) {
                int distance = target.at - i - 1;
                if (target.at == UNPLACED || distance < 0 || distance > Short.MAX_VALUE) {
                    throw new IllegalStateException(
                            "a jump leads nowhere: label=" + target.name + " distance=" + distance);
                }
                Instruction jump = all[i];
                all[i] = new Instruction(jump.opcode(), jump.destination(), jump.source(), distance, jump.constant());
            }
        }
        return List.copyOf(Arrays.asList(all));
    }

    private Assembler alu(int operation, Register to, int source, int constant) {
        return append(Instruction.ALU64 | operation, to.number(), source, 0, constant, null);
    }

    private Assembler append(
            int opcode, int destination, int source, int offset, int constant, @Nullable Label target) {
        instructions.add(new Instruction(opcode, destination, source, offset, constant));
        targets.add(target);
        return this;
    }
}
