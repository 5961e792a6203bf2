// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.assemble;

/**
 * One-letter options by which well-known tools take a secret. A letter means nothing by itself ({@code -p} is a port, a
 * path, a pid), so it counts only behind the name of the tool: as the program, or as a word further on ({@code sudo
 * mysql -pX}).
 */
final class SecretOptions {
    /** How the value follows its letter. */
    private enum Form {
        /** {@code -pX} only: {@code -p} alone asks, and the next word is something else. */
        ATTACHED,
        /** {@code -pX} or {@code -p X}. */
        BOTH,
        /** {@code -p X} behind the word {@code login}, otherwise the letter means something else. */
        LOGIN
    }

    private static final class Tool {
        private final byte[] prefix;
        private final String letters;
        private final Form form;
        private final byte[][] names;

        /**
         * @param prefix beginning of the tool's name, as in {@code mysqldump}
         * @param letters options that take a secret
         * @param names long options that do, and whose name does not say so
         */
        Tool(String prefix, String letters, Form form, String... names) {
            this.prefix = SecretNames.ascii(prefix)[0];
            this.letters = letters;
            this.form = form;
            this.names = SecretNames.ascii(names);
        }
    }

    private static final Tool[] TOOLS = {
        new Tool("mysql", "p", Form.ATTACHED),
        new Tool("mariadb", "p", Form.ATTACHED),
        new Tool("7z", "p", Form.ATTACHED),
        new Tool("sshpass", "p", Form.BOTH),
        new Tool("mongo", "p", Form.BOTH),
        new Tool("redis-cli", "a", Form.BOTH),
        new Tool("valkey-cli", "a", Form.BOTH),
        new Tool("rabbitmqadmin", "p", Form.BOTH),
        new Tool("curl", "uU", Form.BOTH, "--user", "--proxy-user"),
        new Tool("ldap", "w", Form.BOTH),
        new Tool("zip", "P", Form.BOTH),
        new Tool("unzip", "P", Form.BOTH),
        new Tool("ipmitool", "P", Form.BOTH),
        new Tool("sqlcmd", "P", Form.BOTH),
        new Tool("bcp", "P", Form.BOTH),
        new Tool("smbclient", "U", Form.BOTH),
        new Tool("snmp", "AXc", Form.BOTH),
        new Tool("docker", "p", Form.LOGIN),
        new Tool("podman", "p", Form.LOGIN),
        new Tool("nerdctl", "p", Form.LOGIN),
        new Tool("buildah", "p", Form.LOGIN),
        new Tool("skopeo", "p", Form.LOGIN),
        new Tool("helm", "p", Form.LOGIN),
        new Tool("oras", "p", Form.LOGIN),
        new Tool("az", "p", Form.LOGIN),
        new Tool("oc", "p", Form.LOGIN)
    };

    /** Bit i of element n: the name of TOOLS[i] begins with a letter whose low five bits are n. */
    private static final int[] BY_FIRST = byFirst();

    private static final byte[] LOGIN = SecretNames.ascii("login")[0];
    private static final int MAX_COMBINED = 6;

    private int seen; // bit i: TOOLS[i]
    private boolean login;

    void begin() {
        seen = 0;
        login = false;
    }

    /**
     * Takes the next word.
     *
     * @return where in the word a secret begins; its end if the next word is one; -1 if neither
     */
    int word(byte[] bytes, int start, int end) {
        if (bytes[start] != '-') {
            remember(bytes, start, end);
            return -1;
        }
        for (int rest = seen; rest != 0; rest &= rest - 1) {
            int value = value(TOOLS[Integer.numberOfTrailingZeros(rest)], bytes, start, end);
            if (value >= 0) {
                return value;
            }
        }
        return -1;
    }

    private int value(Tool tool, byte[] bytes, int start, int end) {
        if (end - start < 2 || (tool.form == Form.LOGIN && !login)) {
            return -1;
        }
        if (bytes[start + 1] == '-') {
            return longOption(tool, bytes, start, end);
        }
        if (tool.letters.indexOf(bytes[start + 1]) >= 0) {
            int value = start + 2;
            return value < end || tool.form != Form.ATTACHED ? value : -1;
        }
        // Letters in one word: "curl -sSu name:password".
        return tool.form != Form.ATTACHED && end - start <= MAX_COMBINED && tool.letters.indexOf(bytes[end - 1]) >= 0
                ? end
                : -1;
    }

    private static int longOption(Tool tool, byte[] bytes, int start, int end) {
        for (byte[] option : tool.names) {
            if (SecretNames.startsWith(bytes, start, end, option)) {
                int behind = start + option.length;
                if (behind == end) {
                    return end;
                }
                if (bytes[behind] == '=') {
                    return behind + 1;
                }
            }
        }
        return -1;
    }

    private void remember(byte[] bytes, int start, int end) {
        login |= end - start == LOGIN.length && SecretNames.startsWith(bytes, start, end, LOGIN);
        int name = end;
        while (name > start && bytes[name - 1] != '/') {
            name--;
        }
        if (name == end) {
            return;
        }
        for (int rest = BY_FIRST[bytes[name] & SecretNames.LETTER]; rest != 0; rest &= rest - 1) {
            int i = Integer.numberOfTrailingZeros(rest);
            if (SecretNames.startsWith(bytes, name, end, TOOLS[i].prefix)) {
                seen |= 1 << i;
            }
        }
    }

    private static int[] byFirst() {
        int[] byFirst = new int[SecretNames.LETTER + 1];
        for (int i = 0; i < TOOLS.length; i++) {
            byFirst[TOOLS[i].prefix[0] & SecretNames.LETTER] |= 1 << i;
        }
        return byFirst;
    }
}
