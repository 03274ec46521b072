// SPDX-License-Identifier: MIT
package io.pktkit.interop.nat;

import static org.junit.jupiter.api.Assumptions.abort;

import io.pktkit.device.Attachment;
import io.pktkit.interop.Commands;
import io.pktkit.interop.qemu.GuestImage;
import io.pktkit.interop.qemu.QemuGuest;
import io.pktkit.qemu.QemuAddress;
import io.pktkit.qemu.QemuArguments;
import io.pktkit.qemu.QemuConfig;
import io.pktkit.qemu.QemuDevice;
import io.pktkit.qemu.QemuListener;
import io.pktkit.qemu.QemuVersion;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Jool, the NAT64 of a kernel module, in a guest: built for the guest's kernel out of Debian's packages, once, in a folder of its
 * own. One card carries both families; the guest asks nobody for neighbours, so that what it sends is what Jool does.
 */
final class Jool implements OracleSubject {

    private static final IpAddress MARKER = IpAddress.parse("64:ff9b:1::99");
    private static final IpAddress MARKED = IpAddress.parse("198.51.100.99");
    private static final IpAddress MARKED6 = IpAddress.parse("64:ff9b::198.51.100.99");
    private static final int MARK = 4242;
    private static final int LIMIT_SECONDS = 60;
    private static final MacAddress CARD = MacAddress.of(0x52_54_00_64_00_01L);
    private static final MacAddress SENDER = MacAddress.of(0x52_54_00_64_00_02L);

    /** In the order in which they must be loaded, before Jool's own. */
    private static final List<String> MODULES =
            List.of("net/netfilter/x_tables", "net/ipv4/netfilter/nf_defrag_ipv4", "net/ipv6/netfilter/nf_defrag_ipv6");

    /** The headers belong where they are not put, so that their Makefile is told. */
    private static final String BUILD = """
            mkdir -p root
            [ -e jool.ko ] && exit 0
            headers=linux-headers-$version
            apt-get download -q $headers $(apt-cache depends $headers | sed -n 's/.*Depends: \\(linux-[hk].*\\)/\\1/p') \
                jool-dkms jool-tools libnl-3-200 libnl-genl-3-200
            for each in *.deb; do dpkg -x $each root; done
            sed -i "s|/usr/src/|$PWD/root/usr/src/|" root/usr/src/$headers/Makefile
            for each in common nat64; do
                make -j2 -C root/usr/src/$headers M=$(echo $PWD/root/usr/src/jool-dkms-*/src/mod)/$each modules
            done
            strip -g -o jool_common.ko root/usr/src/jool-dkms-*/src/mod/common/jool_common.ko
            strip -g -o jool.ko root/usr/src/jool-dkms-*/src/mod/nat64/jool.ko
            """;

    private final Path built;
    private final GuestImage image;
    private final QemuListener listener;
    private final QemuGuest guest;
    private final QemuDevice device;
    private final Attachment<Frame> place;
    private final BlockingQueue<byte[]> came = new LinkedBlockingQueue<>();
    private int marks;

    Jool() throws IOException, InterruptedException {
        built = build();
        List<Path> files = new ArrayList<>(List.of(built.resolve("jool_common.ko"), built.resolve("jool.ko")));
        files.addAll(
                GuestImage.linked("export LD_LIBRARY_PATH=" + libraries() + "; echo " + tool() + "; ldd " + tool()));
        files.addAll(GuestImage.linked("command -v ethtool; ldd $(command -v ethtool)"));
        image = GuestImage.create(MODULES, files.stream().distinct().toList());
        listener = QemuListener.open(QemuAddress.tcp("127.0.0.1", 0), QemuConfig.DEFAULT);
        guest = QemuGuest.start(
                image,
                QemuArguments.connectingTo(listener.address(), QemuVersion.installed())
                        .mac(CARD)
                        .list());
        guest.awaitUp();
        device = listener.accept();
        place = device.attach(frame -> {
            if (frame.etherType() == EtherType.IPV4 || frame.etherType() == EtherType.IPV6) {
                came.add(frame.packet().toBytes());
            }
        });
        // Segments that wait to be joined are overtaken by what came behind them.
        guest.run("ip link set eth0 arp off && ethtool -K eth0 gro off");
        guest.run("ip -6 addr add 64:ff9b:1::1/64 dev eth0 && ip addr add 198.51.100.1/24 dev eth0"
                + " && ip route add default dev eth0 && ip -6 route add default dev eth0");
        guest.run("cd /proc/sys/net && echo 1 >ipv4/ip_forward && echo 1 >ipv6/conf/all/forwarding"
                + " && echo 0 >ipv4/icmp_ratelimit && echo 1000000 >ipv4/icmp_msgs_per_sec && echo 0 >ipv6/icmp/ratelimit"
                + " && echo 0 >ipv4/conf/all/rp_filter && echo 0 >ipv4/conf/eth0/rp_filter");
        guest.run("insmod " + built.resolve("jool_common.ko") + " && insmod " + built.resolve("jool.ko"));
        start();
    }

    private String tool() {
        return built.resolve("root/usr/bin/jool").toString();
    }

    private String libraries() {
        return built.resolve("root/usr/lib/x86_64-linux-gnu") + ":" + built.resolve("root/lib/x86_64-linux-gnu");
    }

    /** Builds it, or ends the test with the reason that it cannot be. */
    private static Path build() throws IOException {
        String version = GuestImage.version().orElse("");
        if (version.isEmpty()) {
            abort("no /boot/vmlinuz-*cloud* of Debian");
        }
        Path folder =
                Path.of(System.getProperty("pktkit.root"), "pktkit-interop", "target", "peers", "jool-" + version);
        Files.createDirectories(folder);
        Commands.Result result;
        try {
            result = Commands.run(
                    Duration.ofMinutes(8),
                    "sh",
                    "-c",
                    "exec 2>&1; set -e; cd " + folder + "; version=" + version + "\n" + BUILD);
        } catch (AssertionError tooLong) {
            abort(tooLong.getMessage());
            return folder;
        }
        if (result.exit() != 0) {
            abort("cannot build Jool for " + version + ": " + result.output());
        }
        return folder;
    }

    /** Runs the tool there. */
    String tool(String arguments) throws IOException {
        try {
            return guest.run("LD_LIBRARY_PATH=" + libraries() + " " + tool() + " " + arguments);
        } catch (InterruptedException e) {
            throw new IOException("interrupted while the guest does " + arguments, e);
        }
    }

    private void start() throws IOException {
        tool("instance add --netfilter --pool6 64:ff9b::/96");
        for (String protocol : List.of("tcp", "udp", "icmp")) {
            tool("pool4 add " + OracleRun.PUBLIC + " 1-65535 --" + protocol);
        }
    }

    /** Makes it forget all. */
    void restart() throws IOException {
        tool("instance remove");
        start();
    }

    @Override
    public List<String> give(boolean inside, ByteBuffer packet) throws IOException {
        came.clear();
        send(packet);
        // What goes the same way behind it comes out last. What is late of a packet before has its own mark behind it.
        int number = ++marks;
        send(PacketBuilder.udp(
                MARKER, MARK, MARKED6, MARK, ByteBuffer.allocate(Integer.BYTES).putInt(0, number)));
        List<String> sent = new ArrayList<>();
        try {
            while (true) {
                byte[] next = came.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
                if (next == null) {
                    throw new AssertionError("Jool no longer translates");
                }
                Packet view = new Packet().wrap(ByteBuffer.wrap(next));
                int mark = mark(view);
                if (mark == number) {
                    return sent;
                }
                if (mark != 0) {
                    sent.clear();
                } else if (!view.destination().isMulticast()
                        && !view.destination().equals(OracleRun.PUBLIC)) {
                    // Not the discovery of routers and neighbours, nor what Jool leaves to the kernel, which sends it
                    // on.
                    sent.add((view.isIpv4() ? "o " : "i ") + HexFormat.of().formatHex(next));
                }
            }
        } catch (InterruptedException e) {
            throw new IOException("interrupted while Jool translates", e);
        }
    }

    private void send(ByteBuffer packet) throws IOException {
        int type = packet.get(0) >> 4 == 6 ? EtherType.IPV6 : EtherType.IPV4;
        Frame frame = new Frame().wrap(FrameBuilder.frame(CARD, SENDER, type, packet.duplicate()));
        if (!place.send(frame)) {
            throw new IOException("the guest takes no more");
        }
    }

    /** The number of a mark, or 0 for another packet. */
    private static int mark(Packet packet) {
        var udp = packet.protocol() == IpProtocol.UDP && !packet.isFragment() ? packet.udp() : null;
        return udp != null && packet.destination().equals(MARKED) ? udp.buffer().getInt(udp.payloadOffset()) : 0;
    }

    @Override
    public boolean forward(int protocol, int outsidePort, IpAddress host, int hostPort) {
        throw new UnsupportedOperationException("forwards are not asked of Jool");
    }

    @Override
    public void withdraw(int protocol, int outsidePort) {
        throw new UnsupportedOperationException("forwards are not asked of Jool");
    }

    @Override
    public void close() {
        guest.close();
        place.close();
        try {
            listener.close();
        } catch (IOException e) {
            throw new AssertionError("cannot close the listener", e);
        }
        image.close();
    }
}
