import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The contract for tests in Java: runs one check after the other and reports them as TAP.
 *
 * A check passes unless it throws. What it returns is its note, or null; {@code throw new Contract.Skip(why)} where
 * the ORM has no such thing.
 */
class Contract {
    interface Check {
        String run() throws Exception;
    }

    static class Skip extends RuntimeException {
        Skip(String why) {
            super(why);
        }
    }

    private final String subject;
    private int failed = 0;

    private Contract(String orm, String version) {
        subject = orm + " " + version;
    }

    private void report(String result, String name, String comment) {
        System.out.println(result + " - " + subject + ": " + name
            + (comment == null ? "" : " # " + comment.replaceAll("\\s+", " ")));
    }

    private void run(String name, Check check) {
        try {
            if (check == null)
                throw new UnsupportedOperationException("not implemented");
            report("ok", name, check.run());
        } catch (Skip skip) {
            report("ok", name, "SKIP " + skip.getMessage());
        } catch (Throwable error) {
            failed++;
            report("not ok", name, null);
            for (Throwable cause = error; cause != null; cause = cause.getCause()) {
                System.out.println("# " + cause.toString().replace("\n", "\n# "));
                for (StackTraceElement frame : cause.getStackTrace())
                    System.out.println("#   at " + frame);
            }
        }
    }

    /** Runs every check of the file "contract" in the folder; ends the program. */
    static void run(Path folder, String orm, String version, Map<String, Check> checks) throws IOException {
        List<String> names = Files.readAllLines(folder.resolve("contract")).stream()
            .filter(line -> line.matches("[a-z].*")).map(line -> line.split("\\s")[0]).toList();
        Contract contract = new Contract(orm, version);
        for (String name : names)
            contract.run(name, checks.get(name));
        for (String name : checks.keySet())
            if (!names.contains(name))
                contract.run(name, () -> { throw new IllegalArgumentException("not in the contract"); });
        System.exit(contract.failed == 0 ? 0 : 1);
    }
}
