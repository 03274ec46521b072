// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.noise;

import java.io.Serial;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Randomness that repeats and keeps each array that it filled, so that it can be seen what became of it. */
public final class Kept extends SecureRandom {

    @Serial
    private static final long serialVersionUID = 1L;

    private final transient List<byte[]> filled = new ArrayList<>();
    private final transient Random rest;

    /** Begins with a seed. */
    public Kept(long seed) {
        this.rest = new Random(seed);
    }

    @Override
    public void nextBytes(byte[] bytes) {
        rest.nextBytes(bytes);
        filled.add(bytes);
    }

    /** The arrays themselves, as their owners left them. */
    public List<byte[]> filled() {
        return filled;
    }

    public byte[] last() {
        return filled.get(filled.size() - 1);
    }

    /** The arrays that an object has now. */
    static List<byte[]> arraysOf(Object owner) throws ReflectiveOperationException {
        List<byte[]> arrays = new ArrayList<>();
        for (Field field : owner.getClass().getDeclaredFields()) {
            if (field.getType() == byte[].class && !Modifier.isStatic(field.getModifiers())) {
                field.setAccessible(true);
                arrays.add((byte[]) field.get(owner));
            }
        }
        return arrays;
    }

    static Object fieldOf(Object owner, String name) throws ReflectiveOperationException {
        Field field = owner.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field.get(owner);
    }
}
