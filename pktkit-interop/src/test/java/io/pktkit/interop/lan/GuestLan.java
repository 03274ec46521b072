// SPDX-License-Identifier: MIT
package io.pktkit.interop.lan;

import io.pktkit.interop.Commands;
import io.pktkit.lab.Lan;
import io.pktkit.lab.LanConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A {@link Lan} with Linux guests, each in a network namespace. */
final class GuestLan implements AutoCloseable {
    static final String GATEWAY = "10.0.2.1";
    static final String GATEWAY_MAC = "02:dd:00:00:00:01";
    static final String DHCP = "10.0.2.2";

    final Lan lan;
    /** For what the programs of the test read and write. */
    final Path folder;

    private final List<TapGuest> guests = new ArrayList<>();

    GuestLan(LanConfig config) throws IOException {
        folder = Files.createTempDirectory("pktkit-guests");
        lan = Lan.open(config);
    }

    TapGuest addGuest() throws IOException {
        TapGuest guest = new TapGuest(lan, guests.size() + 1);
        guests.add(guest);
        return guest;
    }

    /** Unpacks a file of the resources, executable. */
    Path unpack(String resource) {
        Path copy = folder.resolve(resource);
        try (var in = Objects.requireNonNull(GuestLan.class.getResourceAsStream("/" + resource), resource)) {
            Files.write(copy, in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (!copy.toFile().setExecutable(true, false)) {
            throw new IllegalStateException("cannot make executable: " + copy);
        }
        return copy;
    }

    /**
     * Gets a guest a lease of whoever offers one first, but listens for others for some seconds.
     *
     * @return what dhclient told
     */
    String dhclient(TapGuest guest, int seconds) throws IOException {
        Path config = folder.resolve("dhclient.conf");
        Files.writeString(config, "select-timeout " + seconds + "; initial-interval 1; timeout 60;\n");
        return guest.run(dhclientCommand(guest) + " -1 -v -cf " + config + " $IF");
    }

    /** Gives the lease back, and forgets that there was one. */
    void release(TapGuest guest) {
        guest.run(dhclientCommand(guest) + " -r $IF && rm " + folder.resolve(guest.name + ".leases"));
    }

    private String dhclientCommand(TapGuest guest) {
        String files = folder.resolve(guest.name).toString();
        return "dhclient -sf " + unpack("dhclient-script") + " -lf " + files + ".leases -pf " + files
                + ".pid -e PKTKIT_EVENTS=" + files + ".events";
    }

    @Override
    public void close() {
        for (TapGuest guest : guests) {
            Path pid = folder.resolve(guest.name + ".pid");
            if (Files.exists(pid)) {
                guest.tryRun(
                        "pid=$(cat " + pid + ") && kill $pid && while kill -0 $pid 2>/dev/null; do sleep 0.02; done");
            }
            guest.close();
        }
        lan.close();
        Commands.run(TapLan.LIMIT, "rm", "-rf", folder.toString()).expectSuccess();
    }
}
