// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.assemble;

/** Secrets that are known by their form wherever they stand. */
final class SecretTokens {
    private static final class Form {
        private final byte[] prefix;
        private final int minimum;

        /**
         * @param prefix how it begins
         * @param minimum characters that follow at least
         */
        Form(String prefix, int minimum) {
            this.prefix = SecretNames.ascii(prefix)[0];
            this.minimum = minimum;
        }
    }

    private static final Form[] FORMS = {
        new Form("AKIA", 16), // AWS access key ids
        new Form("ASIA", 16),
        new Form("eyJ", 20), // JWT: base64 of {"
        new Form("ghp_", 20), // GitHub
        new Form("gho_", 20),
        new Form("ghu_", 20),
        new Form("ghs_", 20),
        new Form("ghr_", 20),
        new Form("github_pat_", 20),
        new Form("glpat-", 16), // GitLab
        new Form("xoxb-", 10), // Slack
        new Form("xoxp-", 10),
        new Form("xoxa-", 10),
        new Form("sk_live_", 10), // Stripe
        new Form("rk_live_", 10),
        new Form("sk-", 20), // OpenAI and others
        new Form("AIza", 30), // Google
        new Form("hvs.", 20), // Vault
        new Form("npm_", 30),
        new Form("dckr_pat_", 16)
    };

    /** Bit n: a form begins with a byte whose low six bits are n; most bytes are told apart at once. */
    private static final int FIRST_MASK = 0x3f;

    private static final long FIRST_BYTES = firstBytes();

    /** What base64 and its relatives are made of. */
    private static final AsciiSet TOKEN_BYTES =
            AsciiSet.of("ABCDEFGHIJKLMNOPQRSTUVWXYZ" + "abcdefghijklmnopqrstuvwxyz" + "0123456789" + "_-.+/=");

    private static final byte[] PEM = SecretNames.ascii("-----BEGIN")[0];

    private SecretTokens() {}

    private static long firstBytes() {
        long bits = 0;
        for (Form form : FORMS) {
            bits |= 1L << (form.prefix[0] & FIRST_MASK);
        }
        return bits;
    }

    /** Whether a key or certificate in PEM begins at {@code at}; it goes on over many words. */
    static boolean isPem(byte[] bytes, int at, int to) {
        return startsWith(bytes, at, to, PEM);
    }

    /** Whether a token's form begins with this byte, or with one like it. */
    static boolean mayBegin(byte b) {
        return (FIRST_BYTES & (1L << (b & FIRST_MASK))) != 0;
    }

    /**
     * End of the token that begins at {@code at}; {@code at} if there is none.
     *
     * @param from start of the word
     * @param to end of what is looked at
     * @param truncated whether the word may have been longer: then the beginning of a token is enough
     */
    static int endOfToken(byte[] bytes, int from, int at, int to, boolean truncated) {
        if (!mayBegin(bytes[at])) {
            return at;
        }
        if (at > from && TOKEN_BYTES.contains(bytes[at - 1]) && bytes[at - 1] != '=' && bytes[at - 1] != '/') {
            return at;
        }
        for (Form form : FORMS) {
            if (!startsWith(bytes, at, to, form.prefix)) {
                continue;
            }
            int end = at + form.prefix.length;
            while (end < to && TOKEN_BYTES.contains(bytes[end])) {
                end++;
            }
            if (end - at - form.prefix.length >= form.minimum || (truncated && end == to)) {
                return end;
            }
        }
        return at;
    }

    private static boolean startsWith(byte[] bytes, int at, int to, byte[] prefix) {
        if (to - at < prefix.length) {
            return false;
        }
        for (int i = 0; i < prefix.length; i++) {
            if (bytes[at + i] != prefix[i]) {
                return false;
            }
        }
        return true;
    }
}
