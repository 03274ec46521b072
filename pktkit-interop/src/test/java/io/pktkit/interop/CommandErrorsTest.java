// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A request that cannot be carried out gets one line that names the value at fault, and exit 2. */
@NeedsPeer(root = false)
class CommandErrorsTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        upp                                        | upp
        up --tapp pk0                              | --tapp
        up                                         | --tap
        up --tap pk0 --subnet 10.0.2.0             | 10.0.2.0
        up --tap pk0 --subnet 10.0.2.0/33          | 10.0.2.0/33
        up --tap pk0 --subnet 10.0.2.0/31          | 10.0.2.0/31
        up --tap pk0 --subnet fd00::/64            | fd00::/64
        up --tap pk0 --subnet 172.16.0.0/8         | 172.0.0.0/8
        up --tap pk0 --subnet 127.0.0.0/8          | 127.0.0.0/8
        up --tap pk0 --mtu 10                      | 10
        up --tap pk0 --mtu many                    | many
        up --tap pk0 --mtu 65521                   | 65521
        up --tap pk0 --offload maybe               | maybe
        up --tap pk0 --allow-host 0                | 0
        up --tap pk0 --allow-host 99999            | 99999
        up --tap pk0 --allow-host ssh              | ssh
        up --tap pk0 --allow-host 80 --allow-host 80=10.0.0.9:80               | 80=10.0.0.9:80
        up --tap pk0 --allow-host 80=10.0.0.8:1 --allow-host 80=10.0.0.9:1     | 10.0.0.8
        up --tap pk0 --allow-host 80=some.name:80  | some.name
        up --tap pk0 --allow-host 80=0.0.0.0:80    | 0.0.0.0
        up --tap interface-name-too-long           | interface-name-too-long
        up --tap a/b                               | a/b
        up --tap pk0 --impair slow                 | slow
        up --tap pk0 --impair loss=1               | 0% to 100%
        up --tap pk0 --impair pk0=delay=30         | such as 30ms
        up --tap pk0 --impair delay=1ms --impair delay=2ms                     | already
        up --qemu q.sock                           | q.sock
        up --qemu unix:                            | unix:
        up --qemu tcp:127.0.0.1:99999              | tcp:127.0.0.1:99999
        up --qemu connect:q.sock                   | connect:q.sock
        up --qemu unix:/nowhere/q.sock             | there is no directory /nowhere
        up --qemu unix:/etc/passwd                 | not a socket
        up --qemu tcp:192.0.2.77:9000              | no interface of this machine
        up --qemu unix:/tmp/0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789/q | at most 106 bytes
        up --qemu unix:/tmp/pktkit-never.sock --pcap /nowhere/c.pcap           | /nowhere/c.pcap
        up --qemu unix:/tmp/pktkit-never.sock --pcap - --pcap -                | only once
        up --qemu unix:/tmp/pktkit-never.sock --pcap - --pcap-filter port      | character 5
        up --qemu unix:/tmp/pktkit-never.sock --pcap - --pcap-snaplen 0        | 0
        up --qemu unix:/tmp/pktkit-never.sock --pcap /tmp/pktkit-never.pcap --pcap /tmp/./pktkit-never.pcap | two captures in one file
        up --qemu unix:/tmp/pktkit-never.sock --pcap-filter arp                | give --pcap FILE
        up --qemu unix:/tmp/pktkit-never.sock --pcap-snaplen 100               | give --pcap FILE
        up --pcap lan.pcapng                       | nothing to attach
        up --interface absent0                     | absent0
        up --interface interface-name-too-long     | interface-name-too-long
        up --interface absent0 --xdp 10.0.2.0/33   | 10.0.2.0/33
        up --qemu unix:/tmp/pktkit-never.sock --xdp 10.0.2.0/24                | Give --interface NAME
        up --qemu unix:/tmp/pktkit-never.sock --serve-interface                | Give --interface NAME
        nat --inside pk0                           | --outside is missing
        nat --inside pk0 --outside pk1             | --inside-address is missing
        nat --inside pk0 --outside pk1 --inside-address 10.0.0.1/24            | --outside-address is missing
        nat --inside pk0 --outside pk1 --inside-address 10.0.0.1               | 10.0.0.1
        nat --inside pk0 --outside pk1 --inside-address fd00::1/64             | --inside-address is missing
        nat --inside pk0 --outside pk1 --inside-address 10.0.0.1/24 --outside-address 10.0.0.9/24 --outside-gateway 10.0.0.8 | overlap
        nat --inside pk0 --outside pk1 --inside-address 10.0.0.0/24 --outside-address 192.0.2.2/24 --outside-gateway 192.0.2.1 | 10.0.0.0/24
        nat --inside pk0 --outside pk1 --inside-address 10.0.0.1/30 --outside-address 192.0.2.2/24 --outside-gateway 192.0.2.1 | 10.0.0.1/30
        nat --inside pk0 --outside pk1 --inside-address 10.0.0.1/24 --outside-address 192.0.2.2/24 --outside-gateway 192.0.3.1 | 192.0.3.1
        nat --inside pk0 --outside pk1 --inside-address 10.0.0.1/24 --outside-address 192.0.2.2/24 --outside-gateway 192.0.2.1 --alg quake | quake
        nat --inside pk0 --outside pk1 --inside-address 10.0.0.1/24 --outside-address 192.0.2.2/24 --outside-gateway 192.0.2.1 --forward 80=10.0.0.9:80 | 80=10.0.0.9:80
        nat --inside pk0 --outside pk1 --inside-address 10.0.0.1/24 --outside-address 192.0.2.2/24 --outside-gateway 192.0.2.1 --forward tcp:80=10.9.0.9:80 | 10.9.0.9
        nat --inside pk0 --outside pk1 --inside-address 10.0.0.1/24 --outside-address 192.0.2.2/24 --outside-gateway 192.0.2.1 --nat64 64:ff9b::/97 | 64:ff9b::/97
        nat --inside pk0 --outside pk1 --inside-address 10.0.0.1/24 --outside-address 192.0.2.2/24 --outside-gateway 192.0.2.1 --filtering some | some
        nat forward add tcp:80                     | tcp:80
        nat forward                                | subcommand
        demo --size much                           | much
        """)
    void shouldNameTheValue(String commandLine, String value) {
        UpLifecycleTest.assertRefused(PktkitCommand.run(commandLine.strip().split(" +")), value);
    }
}
