// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import io.pktkit.nativeio.foreign.CapturedErrno;
import io.pktkit.nativeio.foreign.Linkage;
import java.lang.invoke.MethodHandle;

/**
 * By the Foreign Function and Memory API; without it this class cannot be initialized. Not as critical functions, which would
 * keep the collector waiting for one that blocks.
 */
final class ForeignSystemCalls implements SystemCalls {

    private static final Linkage LINKAGE = Linkage.ofSystem();
    private static final MethodHandle READ =
            LINKAGE.findWithErrno("read", long.class, int.class, long.class, long.class);
    private static final MethodHandle WRITE =
            LINKAGE.findWithErrno("write", long.class, int.class, long.class, long.class);
    private static final MethodHandle WRITEV =
            LINKAGE.findWithErrno("writev", long.class, int.class, long.class, int.class);
    private static final MethodHandle POLL =
            LINKAGE.findWithErrno("poll", int.class, long.class, long.class, int.class);
    private static final MethodHandle RECV =
            LINKAGE.findWithErrno("recv", long.class, int.class, long.class, long.class, int.class);
    private static final MethodHandle SEND =
            LINKAGE.findWithErrno("send", long.class, int.class, long.class, long.class, int.class);
    private static final MethodHandle RECVMMSG =
            LINKAGE.findWithErrno("recvmmsg", int.class, int.class, long.class, int.class, int.class, long.class);
    private static final MethodHandle SENDMMSG =
            LINKAGE.findWithErrno("sendmmsg", int.class, int.class, long.class, int.class, int.class);

    /** Tries the memory too, so that a system where it is not as expected is found before the first call. */
    ForeignSystemCalls() {
        CapturedErrno.current();
    }

    /** What these functions throw is a fault of ours: they are C. */
    private static IllegalStateException impossible(Throwable thrown) {
        return new IllegalStateException("a call into the C library threw", thrown);
    }

    @Override
    public long read(int fd, long buffer, long count) {
        CapturedErrno errno = CapturedErrno.current();
        try {
            long result = (long) READ.invokeExact(errno.segment, fd, buffer, count);
            return result < 0 ? -errno.get() : result;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public long write(int fd, long buffer, long count) {
        CapturedErrno errno = CapturedErrno.current();
        try {
            long result = (long) WRITE.invokeExact(errno.segment, fd, buffer, count);
            return result < 0 ? -errno.get() : result;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public long writev(int fd, long vector, int count) {
        CapturedErrno errno = CapturedErrno.current();
        try {
            long result = (long) WRITEV.invokeExact(errno.segment, fd, vector, count);
            return result < 0 ? -errno.get() : result;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public int poll(long fds, long count, int timeout) {
        CapturedErrno errno = CapturedErrno.current();
        try {
            int result = (int) POLL.invokeExact(errno.segment, fds, count, timeout);
            return result < 0 ? -errno.get() : result;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public long recv(int fd, long buffer, long length, int flags) {
        CapturedErrno errno = CapturedErrno.current();
        try {
            long result = (long) RECV.invokeExact(errno.segment, fd, buffer, length, flags);
            return result < 0 ? -errno.get() : result;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public long send(int fd, long buffer, long length, int flags) {
        CapturedErrno errno = CapturedErrno.current();
        try {
            long result = (long) SEND.invokeExact(errno.segment, fd, buffer, length, flags);
            return result < 0 ? -errno.get() : result;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public int recvmmsg(int fd, long messages, int count, int flags) {
        CapturedErrno errno = CapturedErrno.current();
        try {
            int result = (int) RECVMMSG.invokeExact(errno.segment, fd, messages, count, flags, 0L);
            return result < 0 ? -errno.get() : result;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public int sendmmsg(int fd, long messages, int count, int flags) {
        CapturedErrno errno = CapturedErrno.current();
        try {
            int result = (int) SENDMMSG.invokeExact(errno.segment, fd, messages, count, flags);
            return result < 0 ? -errno.get() : result;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public String toString() {
        return "FFM";
    }
}
