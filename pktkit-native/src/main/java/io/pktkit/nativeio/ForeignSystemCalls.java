// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import io.pktkit.nativeio.foreign.CapturedErrno;
import io.pktkit.nativeio.foreign.Linkage;
import java.lang.invoke.MethodHandle;

/**
 * By the Foreign Function and Memory API; without it no object of this class can be made. Not as critical functions, which would
 * keep the collector waiting for one that blocks.
 */
final class ForeignSystemCalls implements SystemCalls {

    /*
     * Fields of an object, not constants. A constant handle is compiled as a part of whoever calls it, and where that is a deep way,
     * from one interface to another, the compiler gives up inside it: each call then makes the segment by which the JDK checks
     * that of errno. These are compiled each on its own, once and whole.
     */
    private final MethodHandle read;
    private final MethodHandle write;
    private final MethodHandle writev;
    private final MethodHandle poll;
    private final MethodHandle recv;
    private final MethodHandle send;
    private final MethodHandle recvmmsg;
    private final MethodHandle sendmmsg;

    /** Tries the memory too, so that a system where it is not as expected is found before the first call. */
    ForeignSystemCalls() {
        Linkage library = Linkage.ofSystem();
        read = library.findWithErrno("read", long.class, int.class, long.class, long.class);
        write = library.findWithErrno("write", long.class, int.class, long.class, long.class);
        writev = library.findWithErrno("writev", long.class, int.class, long.class, int.class);
        poll = library.findWithErrno("poll", int.class, long.class, long.class, int.class);
        recv = library.findWithErrno("recv", long.class, int.class, long.class, long.class, int.class);
        send = library.findWithErrno("send", long.class, int.class, long.class, long.class, int.class);
        recvmmsg =
                library.findWithErrno("recvmmsg", int.class, int.class, long.class, int.class, int.class, long.class);
        sendmmsg = library.findWithErrno("sendmmsg", int.class, int.class, long.class, int.class, int.class);
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
            long result = (long) read.invokeExact(errno.segment, fd, buffer, count);
            return result < 0 ? -errno.get() : result;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public long write(int fd, long buffer, long count) {
        CapturedErrno errno = CapturedErrno.current();
        try {
            long result = (long) write.invokeExact(errno.segment, fd, buffer, count);
            return result < 0 ? -errno.get() : result;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public long writev(int fd, long vector, int count) {
        CapturedErrno errno = CapturedErrno.current();
        try {
            long result = (long) writev.invokeExact(errno.segment, fd, vector, count);
            return result < 0 ? -errno.get() : result;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public int poll(long fds, long count, int timeout) {
        CapturedErrno errno = CapturedErrno.current();
        try {
            int result = (int) poll.invokeExact(errno.segment, fds, count, timeout);
            return result < 0 ? -errno.get() : result;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public long recv(int fd, long buffer, long length, int flags) {
        CapturedErrno errno = CapturedErrno.current();
        try {
            long result = (long) recv.invokeExact(errno.segment, fd, buffer, length, flags);
            return result < 0 ? -errno.get() : result;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public long send(int fd, long buffer, long length, int flags) {
        CapturedErrno errno = CapturedErrno.current();
        try {
            long result = (long) send.invokeExact(errno.segment, fd, buffer, length, flags);
            return result < 0 ? -errno.get() : result;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public int recvmmsg(int fd, long messages, int count, int flags) {
        CapturedErrno errno = CapturedErrno.current();
        try {
            int result = (int) recvmmsg.invokeExact(errno.segment, fd, messages, count, flags, 0L);
            return result < 0 ? -errno.get() : result;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public int sendmmsg(int fd, long messages, int count, int flags) {
        CapturedErrno errno = CapturedErrno.current();
        try {
            int result = (int) sendmmsg.invokeExact(errno.segment, fd, messages, count, flags);
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
