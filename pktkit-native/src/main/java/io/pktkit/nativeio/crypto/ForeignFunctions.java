// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.crypto;

import java.lang.invoke.MethodHandle;
import java.lang.reflect.Array;
import java.nio.file.Path;
import java.util.Optional;

/**
 * By the Foreign Function and Memory API of JDK 22 and later; without it this class cannot be initialized. A call costs a
 * tenth of JNA's, and a message takes four. Found by reflection, since this is built for JDK 17; a class for each JDK in the
 * JAR was rejected, as a release built on 17 would lack one. The handles are constants, so calls through them are compiled
 * as if they were written out.
 */
final class ForeignFunctions implements CryptoFunctions {

    private static final String API = "java.lang.foreign.";

    private static final Linkage LINKAGE = new Linkage(CryptoLibrary.path());
    private static final MethodHandle NEW = LINKAGE.find("EVP_CIPHER_CTX_new", long.class);
    private static final MethodHandle FREE = LINKAGE.find("EVP_CIPHER_CTX_free", void.class, long.class);
    private static final MethodHandle INIT = LINKAGE.find(
            "EVP_CipherInit_ex", int.class, long.class, long.class, long.class, long.class, long.class, int.class);
    private static final MethodHandle CONTROL =
            LINKAGE.find("EVP_CIPHER_CTX_ctrl", int.class, long.class, int.class, int.class, long.class);
    private static final MethodHandle UPDATE =
            LINKAGE.find("EVP_CipherUpdate", int.class, long.class, long.class, long.class, long.class, int.class);
    private static final MethodHandle FINISH =
            LINKAGE.find("EVP_CipherFinal_ex", int.class, long.class, long.class, long.class);

    /** What finds functions in a library. */
    private static final class Linkage {

        private final Object linker;
        private final Object lookup;

        Linkage(Path library) {
            try {
                linker = foreign("Linker").getMethod("nativeLinker").invoke(null);
                Object forever = foreign("Arena").getMethod("global").invoke(null);
                lookup = foreign("SymbolLookup")
                        .getMethod("libraryLookup", Path.class, foreign("Arena"))
                        .invoke(null, library, forever);
            } catch (ReflectiveOperationException e) {
                throw new LinkageError("no " + API + "Linker for " + library, e);
            }
        }

        private static Class<?> foreign(String name) throws ClassNotFoundException {
            return Class.forName(API + name);
        }

        MethodHandle find(String name, Class<?> result, Class<?>... arguments) {
            try {
                Optional<?> symbol = (Optional<?>)
                        foreign("SymbolLookup").getMethod("find", String.class).invoke(lookup, name);
                Object options = Array.newInstance(foreign("Linker$Option"), 0);
                return (MethodHandle) foreign("Linker")
                        .getMethod(
                                "downcallHandle",
                                foreign("MemorySegment"),
                                foreign("FunctionDescriptor"),
                                options.getClass())
                        .invoke(linker, symbol.orElseThrow(), descriptor(result, arguments), options);
            } catch (ReflectiveOperationException | RuntimeException e) {
                throw new LinkageError(name, e);
            }
        }

        private static Object descriptor(Class<?> result, Class<?>... arguments) throws ReflectiveOperationException {
            Class<?> layout = foreign("MemoryLayout");
            Object layouts = Array.newInstance(layout, arguments.length);
            for (int i = 0; i < arguments.length; i++) {
                Array.set(layouts, i, layout(arguments[i]));
            }
            Class<?> function = foreign("FunctionDescriptor");
            return result == void.class
                    ? function.getMethod("ofVoid", layouts.getClass()).invoke(null, layouts)
                    : function.getMethod("of", layout, layouts.getClass()).invoke(null, layout(result), layouts);
        }

        private static Object layout(Class<?> primitive) throws ReflectiveOperationException {
            return foreign("ValueLayout")
                    .getField(primitive == long.class ? "JAVA_LONG" : "JAVA_INT")
                    .get(null);
        }
    }

    /** What these functions throw is a fault of ours: they are C. */
    private static IllegalStateException impossible(Throwable thrown) {
        return new IllegalStateException("a call into libcrypto threw", thrown);
    }

    @Override
    public long newContext() {
        try {
            return (long) NEW.invokeExact();
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public void freeContext(long context) {
        try {
            FREE.invokeExact(context);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public int init(long context, long type, long key, long nonce, int encrypt) {
        try {
            return (int) INIT.invokeExact(context, type, 0L, key, nonce, encrypt);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public int control(long context, int command, int number, long pointer) {
        try {
            return (int) CONTROL.invokeExact(context, command, number, pointer);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public int update(long context, long out, long outLength, long in, int inLength) {
        try {
            return (int) UPDATE.invokeExact(context, out, outLength, in, inLength);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public int finish(long context, long out, long outLength) {
        try {
            return (int) FINISH.invokeExact(context, out, outLength);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public String toString() {
        return "FFM";
    }
}
