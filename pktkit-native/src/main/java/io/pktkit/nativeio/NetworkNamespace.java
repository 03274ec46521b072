// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import java.io.IOException;

/**
 * Moves the calling thread, and no other, between network namespaces.
 *
 * <p>What the thread opens afterwards belongs to the namespace that it is in, and stays there. A thread which has moved
 * should end rather than go back to a pool; threads and processes that it starts begin where it is.
 */
public final class NetworkNamespace {

    private static final int CLONE_NEWNET = 0x40000000;

    private NetworkNamespace() {}

    /**
     * Moves this thread into a fresh namespace, which goes away with the last thread and descriptor in it.
     *
     * @throws IOException when this is not Linux or the kernel refuses
     */
    public static void unshare() throws IOException {
        NativePlatform.require("a network namespace");
        if (LibC.unshare(CLONE_NEWNET) < 0) {
            throw new NativeIoException("unshare(CLONE_NEWNET)", LibC.errno(), "run as root or with CAP_SYS_ADMIN");
        }
    }

    /**
     * Moves this thread into an existing namespace.
     *
     * @param path a namespace file, such as {@code /run/netns/NAME}
     * @throws IOException when this is not Linux, the file cannot be opened or is no network namespace
     */
    public static void enter(String path) throws IOException {
        try (NativeFd namespace = NativeFd.open(path, NativeFd.O_RDONLY)) {
            if (!namespace.acquire()) {
                throw new NativeIoException("setns " + path, Errno.EBADF);
            }
            try {
                if (LibC.setns(namespace.number(), CLONE_NEWNET) < 0) {
                    throw new NativeIoException("setns " + path, LibC.errno());
                }
            } finally {
                namespace.release();
            }
        }
    }
}
