// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.assemble;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.common.codec.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RedactorTest {
    private static final String JWT =
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";

    private final Redactor redactor = new Redactor();

    /** Arguments separated by | as given and as shown. */
    static Stream<Arguments> hidden() {
        return Stream.of(
                // options and their values
                row("app|--password=hunter2", "app|--password=[REDACTED]"),
                row("app|--password|hunter2|x", "app|--password|[REDACTED]|x"),
                row("app|--PASSWORD|hunter2", "app|--PASSWORD|[REDACTED]"),
                row("app|-password|hunter2", "app|-password|[REDACTED]"),
                row("app|--db-passwd=a=b:c", "app|--db-passwd=[REDACTED]"),
                row("app|--token|-starts-with-dash", "app|--token|[REDACTED]"),
                row("app|--password|--token|x", "app|--password|[REDACTED]|[REDACTED]"),
                row(
                        "app|--api-key=k|--apikey|k|--api_key=k",
                        "app|--api-key=[REDACTED]|--apikey|[REDACTED]|--api_key=[REDACTED]"),
                row("app|--client-secret|s", "app|--client-secret|[REDACTED]"),
                row("app|--credentials=a:b", "app|--credentials=[REDACTED]"),
                row(
                        "java|-Djavax.net.ssl.keyStorePassword=changeit|Main",
                        "java|-Djavax.net.ssl.keyStorePassword=[REDACTED]|Main"),
                row("keytool|-storepass|changeit|-keypass|x", "keytool|-storepass|[REDACTED]|-keypass|[REDACTED]"),
                row("openssl|rsa|-passin|pass:x", "openssl|rsa|-passin|[REDACTED]"),
                row("openssl|enc|-pass|pass:x", "openssl|enc|-pass|[REDACTED]"),
                // variables, also behind -e
                row("env|DB_PASSWORD=x|cmd", "env|DB_PASSWORD=[REDACTED]|cmd"),
                row("docker|run|-e|AWS_SECRET_ACCESS_KEY=x|img", "docker|run|-e|AWS_SECRET_ACCESS_KEY=[REDACTED]|img"),
                row(
                        "docker|run|--env=MYSQL_ROOT_PASSWORD=x|img",
                        "docker|run|--env=MYSQL_ROOT_PASSWORD=[REDACTED]|img"),
                row("env|STRIPE_KEY=abc", "env|STRIPE_KEY=[REDACTED]"),
                row("kubectl|create|--from-literal=pass=x", "kubectl|create|--from-literal=pass=[REDACTED]"),
                // words that announce
                row("redis-cli|AUTH|x", "redis-cli|AUTH|[REDACTED]"),
                row("redis-cli|config|set|requirepass|x", "redis-cli|config|set|requirepass|[REDACTED]"),
                row("aws|configure|set|aws_secret_access_key|x", "aws|configure|set|aws_secret_access_key|[REDACTED]"),
                // headers, JSON, queries
                row("curl|-H|Authorization: Bearer abc.def|u", "curl|-H|Authorization: [REDACTED]|u"),
                row("curl|-H|authorization:Basic dXNlcjpwYXNz", "curl|-H|authorization:[REDACTED]"),
                row("curl|-H|X-Api-Key: v", "curl|-H|X-Api-Key: [REDACTED]"),
                row("curl|--header=Cookie: s=1", "curl|--header=Cookie: [REDACTED]"),
                row("app|Bearer abcdef", "app|Bearer [REDACTED]"),
                row("curl|-d|{\"user\":\"u\",\"password\":\"p\"}", "curl|-d|{\"user\":\"u\",\"password\":[REDACTED]"),
                row("curl|-d|{\"password\": \"p\"}", "curl|-d|{\"password\": [REDACTED]"),
                row("psql|postgresql://h/db?user=u&password=p", "psql|postgresql://h/db?user=u&password=[REDACTED]"),
                row(
                        "app|jdbc:sqlserver://h;user=u;password=p;x=y",
                        "app|jdbc:sqlserver://h;user=u;password=[REDACTED]"),
                row("app|https://h/a?sig=abc&x=1", "app|https://h/a?sig=[REDACTED]"),
                // scripts in one argument
                row("sh|-c|PGPASSWORD=x psql -c 'select 1'", "sh|-c|PGPASSWORD=[REDACTED]"),
                row("sh|-c|mysql --password hunter2 db", "sh|-c|mysql --password [REDACTED]"),
                row("sh|-c|cd /x\n\texport TOKEN=abc; y", "sh|-c|cd /x\n\texport TOKEN=[REDACTED]"),
                row("psql|-c|ALTER USER u PASSWORD 'x'", "psql|-c|ALTER USER u PASSWORD [REDACTED]"),
                row("mysql|-e|create user u identified by 'x'", "mysql|-e|create user u identified [REDACTED]"),
                row("sh|-c|mysql -uroot -phunter2 db", "sh|-c|mysql -uroot -p[REDACTED]"),
                // tools
                row("mysql|-uroot|-phunter2|db", "mysql|-uroot|-p[REDACTED]|db"),
                row("/usr/bin/mysqldump|-phunter2", "/usr/bin/mysqldump|-p[REDACTED]"),
                row("sudo|mysql|-phunter2", "sudo|mysql|-p[REDACTED]"),
                row("sshpass|-p|x|ssh|h", "sshpass|-p|[REDACTED]|ssh|h"),
                row("sshpass|-px|ssh|h", "sshpass|-p[REDACTED]|ssh|h"),
                row("curl|-u|user:pw|https://h", "curl|-u|[REDACTED]|https://h"),
                row("curl|-sSu|user:pw|https://h", "curl|-sSu|[REDACTED]|https://h"),
                row("curl|--user|user:pw", "curl|--user|[REDACTED]"),
                row("curl|--user=user:pw", "curl|--user=[REDACTED]"),
                row("docker|login|-u|me|-p|x|registry", "docker|login|-u|me|-p|[REDACTED]|registry"),
                row("mongosh|-u|a|-p|x", "mongosh|-u|a|-p|[REDACTED]"),
                row("redis-cli|-a|x|ping", "redis-cli|-a|[REDACTED]|ping"),
                row("ldapsearch|-D|cn=a|-w|x", "ldapsearch|-D|cn=a|-w|[REDACTED]"),
                // URLs
                row("git|clone|https://user:pw@host/x.git", "git|clone|https://user:[REDACTED]@host/x.git"),
                row("git|clone|https://sometoken@host/x.git", "git|clone|https://[REDACTED]@host/x.git"),
                row("app|postgres://u:p@ss@h:5432/db", "app|postgres://u:[REDACTED]@h:5432/db"),
                row("app|postgres://u:p/w@h/db", "app|postgres://u:[REDACTED]@h/db"),
                row("app|amqp://u:p@h1,amqp://h2", "app|amqp://u:[REDACTED]@h1,amqp://h2"),
                row("app|--url=redis://:pw@h:6379/0", "app|--url=redis://:[REDACTED]@h:6379/0"),
                row("sh|-c|wget ftp://u:p@h/f && ls", "sh|-c|wget ftp://u:[REDACTED]@h/f && ls"),
                // forms
                row("app|AKIAIOSFODNN7EXAMPLE", "app|[REDACTED]"),
                row("app|x=ASIAIOSFODNN7EXAMPLE,y", "app|x=[REDACTED],y"),
                row("app|" + JWT, "app|[REDACTED]"),
                row("app|--x=" + JWT, "app|--x=[REDACTED]"),
                row("sh|-c|echo " + JWT + " and more", "sh|-c|echo [REDACTED] and more"),
                row("app|ghp_0123456789abcdef0123456789abcdef0123", "app|[REDACTED]"),
                row("app|xoxb-123456789012-abcdef", "app|[REDACTED]"),
                row("app|-----BEGIN RSA PRIVATE KEY-----\nMIIE x", "app|[REDACTED]"),
                row("sh|-c|echo \"-----BEGIN PRIVATE KEY-----\nMIIE\"", "sh|-c|echo \"[REDACTED]"));
    }

    static Stream<String> shown() {
        return Stream.of(
                "sleep|300",
                "sh|-c|exit 7",
                "/bin/true",
                "passwd|root",
                "cat|/etc/passwd|/etc/group",
                "git|log|--author=me|-p",
                "ssh|-p|22|git@host",
                "git|clone|ssh://git@host/x.git",
                "docker|run|-p|8080:80|img",
                "curl|-sS|https://host:8080/@scope/pkg",
                "mysql|-p|db",
                "ps|-p|1",
                "mkdir|-p|/a/b",
                "java|-Xmx64m|-jar|app.jar|--port=80",
                "app|https://host/path?x=1#y",
                "app|--password=",
                "docker|login|--password-stdin|registry",
                "app|a=b|c:d|--e",
                "app||x",
                "app|eyJ|AKIA|sk-",
                "app|taskAKIAIOSFODNN7EXAMPLE",
                "app|日本語 =:@ \u00e9");
    }

    private static Arguments row(String given, String expected) {
        return Arguments.of(given, expected);
    }

    @ParameterizedTest
    @MethodSource("hidden")
    void hides(String given, String expected) {
        assertThat(redacted(given, false)).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("shown")
    void leavesAlone(String given) {
        assertThat(redacted(given, false)).isEqualTo(given);
    }

    @Test
    void whatWasCutOffInTheMiddleOfASecretIsHiddenToo() {
        assertThat(redacted("app|https://user:hunt", true)).isEqualTo("app|https://user:[REDACTED]");
        assertThat(redacted("app|https://user:hunt", false)).isEqualTo("app|https://user:hunt");
        assertThat(redacted("app|AKIAIOS", true)).isEqualTo("app|[REDACTED]");
        assertThat(redacted("app|eyJhbGci", true)).isEqualTo("app|[REDACTED]");
        assertThat(redacted("app|eyJhbGci|x", true)).isEqualTo("app|eyJhbGci|x");
    }

    @Test
    void oneProgramsArgumentsDoNotAffectTheNext() {
        assertThat(redacted("app|--password", false)).isEqualTo("app|--password");
        assertThat(redacted("sleep|300", false)).isEqualTo("sleep|300");
        redacted("mysql|x", false);
        assertThat(redacted("ssh|-p22", false)).isEqualTo("ssh|-p22");
    }

    @Test
    void bytesThatAreNotUtf8ComeThroughAroundWhatIsHidden() {
        byte[] argument = {(byte) 0xff, 't', 'o', 'k', 'e', 'n', '=', (byte) 0xfe};
        Text text = new Text();
        redactor.begin();
        redactor.redact(argument, 0, argument.length, false, text);
        assertThat(text).hasToString("\uefff" + "token=[REDACTED]");
    }

    @Test
    void anyBytesAreHandled() {
        Random random = new Random(5);
        byte[] alphabet = "aA1-=:/@ \"'passwordtoken.eyJ\0\n\u00ff?&;sk_AKIAhttp://mysql -p-----BEGIN".getBytes(UTF_8);
        Text text = new Text();
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = new byte[random.nextInt(60)];
            for (int j = 0; j < bytes.length; j++) {
                bytes[j] = alphabet[random.nextInt(alphabet.length)];
            }
            redactor.begin();
            for (int j = 0; j < 3; j++) {
                redactor.redact(bytes, 0, bytes.length, random.nextBoolean(), text);
                assertThat(text.isPresent()).isTrue();
            }
        }
    }

    private String redacted(String joined, boolean truncated) {
        List<String> arguments = Arrays.asList(joined.split("\\|", -1));
        List<String> result = new ArrayList<>();
        redactor.begin();
        for (int i = 0; i < arguments.size(); i++) {
            byte[] bytes = arguments.get(i).getBytes(UTF_8);
            Text text = new Text();
            redactor.redact(bytes, 0, bytes.length, truncated && i == arguments.size() - 1, text);
            result.add(text.toString());
        }
        return String.join("|", result);
    }
}
