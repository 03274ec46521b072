// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

/** By JNA, on every JDK, and on macOS. */
final class JnaSystemCalls implements SystemCalls {

    private static long checked(long result) {
        return result < 0 ? -Posix.errno() : result;
    }

    private static int checked(int result) {
        return result < 0 ? -Posix.errno() : result;
    }

    @Override
    public long read(int fd, long buffer, long count) {
        return checked(Posix.read(fd, buffer, count));
    }

    @Override
    public long write(int fd, long buffer, long count) {
        return checked(Posix.write(fd, buffer, count));
    }

    @Override
    public long writev(int fd, long vector, int count) {
        return checked(Posix.writev(fd, vector, count));
    }

    @Override
    public int poll(long fds, long count, int timeout) {
        return checked(Posix.poll(fds, count, timeout));
    }

    @Override
    public long recv(int fd, long buffer, long length, int flags) {
        return checked(LibC.recv(fd, buffer, length, flags));
    }

    @Override
    public long send(int fd, long buffer, long length, int flags) {
        return checked(LibC.send(fd, buffer, length, flags));
    }

    @Override
    public int recvmmsg(int fd, long messages, int count, int flags) {
        return checked(LibC.recvmmsg(fd, messages, count, flags, 0));
    }

    @Override
    public int sendmmsg(int fd, long messages, int count, int flags) {
        return checked(LibC.sendmmsg(fd, messages, count, flags));
    }

    @Override
    public String toString() {
        return "JNA";
    }
}
