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
                    up --tap pk0 --allow-host 0                | 0
                    up --tap pk0 --allow-host 99999            | 99999
                    up --tap pk0 --allow-host ssh              | ssh
                    up --tap pk0 --allow-host 80 --allow-host 80=10.0.0.9:80               | 80=10.0.0.9:80
                    up --tap pk0 --allow-host 80=10.0.0.8:1 --allow-host 80=10.0.0.9:1     | 10.0.0.8
                    up --tap pk0 --allow-host 80=some.name:80  | some.name
                    up --tap pk0 --allow-host 80=0.0.0.0:80    | 0.0.0.0
                    up --tap interface-name-too-long           | interface-name-too-long
                    up --tap a/b                               | a/b
                    demo --size much                           | much
                    """)
    void shouldNameTheValue(String commandLine, String value) {
        UpLifecycleTest.assertRefused(PktkitCommand.run(commandLine.strip().split(" +")), value);
    }
}
