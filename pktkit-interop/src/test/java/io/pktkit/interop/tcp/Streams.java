// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

/** Pseudo-random byte streams and their digests. */
public final class Streams {
    private static final int CHUNK = 1 << 16;

    /** Where the streams of this run begin; in each failure's message. */
    public static final long SEED = Long.getLong("pktkit.seed", System.nanoTime() & 0x7fffffff);

    private Streams() {}

    /** Sends so many bytes and gives their SHA-256. */
    public static String send(OutputStream out, long count, long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        MessageDigest digest = sha256();
        byte[] chunk = new byte[CHUNK];
        for (long left = count; left > 0; left -= CHUNK) {
            random.nextBytes(chunk);
            int length = (int) Math.min(left, CHUNK);
            digest.update(chunk, 0, length);
            out.write(chunk, 0, length);
        }
        return hex(digest);
    }

    /** Reads so many bytes, or to the end, and gives "COUNT SHA-256" as {@code peer.py} does. */
    public static String receive(InputStream in, long most) throws IOException {
        MessageDigest digest = sha256();
        byte[] chunk = new byte[CHUNK];
        long total = 0;
        while (total < most) {
            int read = in.read(chunk, 0, (int) Math.min(most - total, CHUNK));
            if (read < 0) {
                break;
            }
            digest.update(chunk, 0, read);
            total += read;
        }
        return total + " " + hex(digest);
    }

    public static String receive(InputStream in) throws IOException {
        return receive(in, Long.MAX_VALUE);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Does something beside the test's thread; {@code get()} of the result fails as it failed. */
    public static <T> FutureTask<T> beside(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread thread = new Thread(task, "beside");
        thread.setDaemon(true);
        thread.start();
        return task;
    }
}
