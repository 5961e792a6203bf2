// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessTextTest {
    @Test
    void everyCodePointButTheReservedOnesPassesUnchanged() {
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            boolean surrogate = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
            boolean reserved = c >= 0xef80 && c <= 0xefff;
            if (!surrogate && !reserved) {
                byte[] utf8 = Character.toString(c).getBytes(StandardCharsets.UTF_8);
                if (!Arrays.equals(encode(utf8), utf8)) {
                    assertThat(encode(utf8)).as("U+%04X", c).isEqualTo(utf8);
                }
            }
        }
    }

    @Test
    void reservedCodePointsAreEncodedByteByByte() {
        for (int c = 0xef80; c <= 0xefff; c++) {
            byte[] utf8 = Character.toString(c).getBytes(StandardCharsets.UTF_8);

            String encoded = text(encode(utf8));

            assertThat(encoded).isEqualTo(escaped(utf8));
            assertThat(ProcessText.decode(encoded)).isEqualTo(utf8);
        }
    }

    @Test
    void everySingleByte() {
        for (int b = 0; b < 256; b++) {
            byte[] raw = {(byte) b};

            assertThat(text(encode(raw))).isEqualTo(b < 0x80 ? Character.toString(b) : Character.toString(0xef00 + b));
        }
    }

    @Test
    void everyPairOfBytes() {
        for (int i = 0; i < 1 << 16; i++) {
            assertLawful((byte) (i >> 8), (byte) i);
        }
    }

    /** Every lead byte with every second byte, and the edges of every range of the later ones. */
    @Test
    void everyKindOfThreeAndFourBytes() {
        byte[] edges = HexFormat.of().parseHex("417f8090a0bfc0ff");
        for (int i = 0x80 << 8; i < 1 << 16; i++) {
            for (byte third : edges) {
                assertLawful((byte) (i >> 8), (byte) i, third);
                if (i >= 0xf0 << 8) {
                    for (byte fourth : edges) {
                        assertLawful((byte) (i >> 8), (byte) i, third, fourth);
                    }
                }
            }
        }
    }

    @Test
    void randomBytes() {
        Random random = new Random(42);
        for (int i = 0; i < 20_000; i++) {
            byte[] raw = new byte[random.nextInt(40)];
            random.nextBytes(raw);
            assertLawful(raw);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "overlong slash,           c0af",
        "overlong of 3 bytes,      e08080",
        "overlong of 4 bytes,      f0808080",
        "high surrogate,           eda080",
        "low surrogate,            edbfbf",
        "surrogate pair (CESU-8),  eda1bdedb280",
        "above U+10FFFF,           f4908080",
        "five bytes,               f888808080",
        "lone continuation,        80",
        "truncated 2,              c3",
        "truncated 3,              e2 82",
        "truncated 4,              f0 9f 92",
        "byte that never occurs,   ff",
    })
    void illFormedSequencesAreEncodedByteByByte(String name, String hex) {
        byte[] raw = HexFormat.of().parseHex(hex.replace(" ", ""));

        assertThat(text(encode(raw))).as(name).isEqualTo(escaped(raw));
    }

    @Test
    void textAfterATruncatedSequenceIsKept() {
        byte[] raw = HexFormat.of().parseHex("e282" + "c3a9" + "41");

        assertThat(text(encode(raw))).isEqualTo("\uefe2\uef82éA");
    }

    @Test
    void encodesASliceIntoASlice() {
        byte[] raw = "xx\u00e9yy".getBytes(StandardCharsets.UTF_8);
        byte[] target = new byte[10];

        int written = ProcessText.encode(raw, 3, 2, target, 1);

        assertThat(new String(target, 1, written, StandardCharsets.UTF_8)).isEqualTo("\uefa9y");
        assertThat(target[0]).isZero();
        assertThat(target[1 + written]).isZero();
    }

    /** The rule, checked without the code under test: the standard decoder says what is valid. */
    private static void assertLawful(byte... raw) {
        byte[] encoded = encode(raw);
        String text = strictDecode(encoded);
        boolean lawful = text != null
                && Arrays.equals(ProcessText.decode(text), raw)
                && (!isPlain(strictDecode(raw)) || Arrays.equals(encoded, raw))
                && encoded.length <= ProcessText.maxEncodedLength(raw.length);
        assertThat(lawful)
                .as(
                        "%s encoded as %s",
                        HexFormat.of().formatHex(raw), HexFormat.of().formatHex(encoded))
                .isTrue();
    }

    private static boolean isPlain(String text) {
        return text != null && text.chars().noneMatch(c -> c >= 0xef80 && c <= 0xefff);
    }

    /** Null if it is not valid. */
    private static String strictDecode(byte[] bytes) {
        try {
            CharBuffer chars = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes));
            return chars.toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private static byte[] encode(byte[] raw) {
        byte[] target = new byte[ProcessText.maxEncodedLength(raw.length)];
        return Arrays.copyOf(target, ProcessText.encode(raw, 0, raw.length, target, 0));
    }

    private static String text(byte[] utf8) {
        String text = strictDecode(utf8);
        assertThat(text).isNotNull();
        return text;
    }

    private static String escaped(byte[] raw) {
        StringBuilder text = new StringBuilder();
        for (byte b : raw) {
            text.appendCodePoint(0xef00 + (b & 0xff));
        }
        return text.toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sleep", "a b 'c' \"d\" $e", "größe", "名前", "💀"})
    void whatPrintsIsShownAsItIs(String text) {
        assertThat(ProcessText.toDisplay(text)).isEqualTo(text);
    }

    @Test
    void whatDoesNotPrintIsQuoted() {
        assertThat(ProcessText.toDisplay("a\nb\r\tc")).isEqualTo("a\\nb\\r\\tc");
        assertThat(ProcessText.toDisplay("\u001b[31mred\u0007\u007f\0")).isEqualTo("\\x1b[31mred\\x07\\x7f\\x00");
        assertThat(ProcessText.toDisplay("\uef80\uefff")).isEqualTo("\\x80\\xff");
        assertThat(ProcessText.toDisplay("\u009b2J")).as("C1 control").isEqualTo("\\u009b2J");
        assertThat(ProcessText.toDisplay("\u202egnp"))
                .as("bidirectional override")
                .isEqualTo("\\u202egnp");
        assertThat(ProcessText.toDisplay("a\u200bb\u00a0c\u2028")).isEqualTo("a\\u200bb\\u00a0c\\u2028");
        assertThat(ProcessText.toDisplay("\ud800")).as("unpaired surrogate").isEqualTo("\\ud800");
        assertThat(ProcessText.toDisplay(Character.toString(0xe0001))).as("tag").isEqualTo("\\U000e0001");
        assertThat(ProcessText.toDisplay("\\n")).isEqualTo("\\\\n");
        assertThat(ProcessText.toDisplay("é\\")).isEqualTo("é\\\\");
    }

    @Test
    void differentTextsLookDifferent() {
        assertThat(ProcessText.toDisplay("\uef9b"))
                .isNotEqualTo(ProcessText.toDisplay("\u009b"))
                .isNotEqualTo(ProcessText.toDisplay("\\x9b"));
    }
}
