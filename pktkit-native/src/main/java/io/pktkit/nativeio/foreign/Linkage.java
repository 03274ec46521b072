// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.foreign;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.lang.reflect.Array;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Finds the functions of a library. Pointers and {@code size_t} are {@code long}. What is missing is told by a
 * {@link LinkageError}, so that who cannot link falls back. A handle that is kept in a static final field is a constant: calls
 * through it are compiled as if they were written out.
 */
public final class Linkage {

    /** The system property, and its value, with which JNA makes all calls. */
    static final String CHOICE = "pktkit.native.calls";

    static final String ONLY_JNA = "jna";

    private static final String API = "java.lang.foreign.";
    private static final int FIRST_JDK = 22;

    private final Object linker;
    private final Object lookup;

    private Linkage(Object linker, Object lookup) {
        this.linker = linker;
        this.lookup = lookup;
    }

    /**
     * Whether there is the API, and it may be used without that anybody is warned. To be asked after JNA was loaded.
     *
     * @return false where JNA is to be used
     */
    public static boolean isUsable() {
        try {
            return Runtime.version().feature() >= FIRST_JDK
                    && !ONLY_JNA.equals(System.getProperty(CHOICE))
                    && (boolean) Module.class.getMethod("isNativeAccessEnabled").invoke(Linkage.class.getModule());
        } catch (ReflectiveOperationException absent) {
            return false;
        }
    }

    /** {@return the C library of this process} */
    public static Linkage ofSystem() {
        try {
            Object linker = nativeLinker();
            return new Linkage(
                    linker, foreign("Linker").getMethod("defaultLookup").invoke(linker));
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw new LinkageError("no " + API + "Linker for the C library", e);
        }
    }

    /**
     * Loads a library.
     *
     * @param library where it is
     * @return its functions
     */
    public static Linkage of(Path library) {
        try {
            Object forever = foreign("Arena").getMethod("global").invoke(null);
            Object lookup = foreign("SymbolLookup")
                    .getMethod("libraryLookup", Path.class, foreign("Arena"))
                    .invoke(null, library, forever);
            return new Linkage(nativeLinker(), lookup);
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw new LinkageError("no " + API + "Linker for " + library, e);
        }
    }

    /**
     * Finds a function.
     *
     * @param name its name
     * @param result {@code int}, {@code long} or {@code void}
     * @param arguments each {@code int} or {@code long}
     * @return it, of just that type
     */
    public MethodHandle find(String name, Class<?> result, Class<?>... arguments) {
        try {
            return link(name, options(), result, arguments);
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw new LinkageError(name, e);
        }
    }

    /**
     * Finds a function that tells by errno why it failed. Not to be kept as a constant: each call checks the segment by means of
     * another one, which is made for nothing only where the compiler sees all of the call.
     *
     * @param name its name
     * @param result {@code int} or {@code long}
     * @param arguments each {@code int} or {@code long}
     * @return it, of that type but for one more {@code Object} in front: the {@link CapturedErrno#segment} of the thread
     */
    public MethodHandle findWithErrno(String name, Class<?> result, Class<?>... arguments) {
        try {
            Object capture = foreign("Linker$Option")
                    .getMethod("captureCallState", String[].class)
                    .invoke(null, (Object) new String[] {"errno"});
            MethodHandle exact = link(name, options(capture), result, arguments);
            // A segment's type cannot be named here.
            MethodType type = MethodType.methodType(result, arguments).insertParameterTypes(0, Object.class);
            return exact.asType(type);
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw new LinkageError(name, e);
        }
    }

    static Class<?> foreign(String name) throws ClassNotFoundException {
        return Class.forName(API + name);
    }

    private static Object nativeLinker() throws ReflectiveOperationException {
        return foreign("Linker").getMethod("nativeLinker").invoke(null);
    }

    private static Object options(Object... options) throws ReflectiveOperationException {
        Object array = Array.newInstance(foreign("Linker$Option"), options.length);
        for (int i = 0; i < options.length; i++) {
            Array.set(array, i, options[i]);
        }
        return array;
    }

    private MethodHandle link(String name, Object options, Class<?> result, Class<?>... arguments)
            throws ReflectiveOperationException {
        Optional<?> symbol = (Optional<?>)
                foreign("SymbolLookup").getMethod("find", String.class).invoke(lookup, name);
        return (MethodHandle) foreign("Linker")
                .getMethod(
                        "downcallHandle", foreign("MemorySegment"), foreign("FunctionDescriptor"), options.getClass())
                .invoke(linker, symbol.orElseThrow(), descriptor(result, arguments), options);
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
