import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import software.amazon.event.ruler.JsonRuleCompiler;
import software.amazon.event.ruler.Machine;

/**
 * Reads patterns, one a line, an empty line, then events, one a line. Writes a line for each event: the numbers of the patterns
 * that match it, by one machine that holds all of them, as an event bus does; then a bar and the numbers by a machine for each.
 */
class Matcher {
  public static void main(String[] args) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Machine together = new Machine();
    List<Machine> each = new ArrayList<>();
    for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
      String complaint = JsonRuleCompiler.check(line);
      if (complaint != null) throw new IllegalArgumentException(line + ": " + complaint);
      String number = String.valueOf(each.size());
      together.addRule(number, line);
      Machine alone = new Machine();
      alone.addRule(number, line);
      each.add(alone);
    }
    StringBuilder out = new StringBuilder();
    for (String event = in.readLine(); event != null; event = in.readLine()) {
      append(out, List.of(together), event);
      append(out.append('|'), each, event);
      out.append('\n');
    }
    System.out.print(out);
  }

  private static void append(StringBuilder out, List<Machine> machines, String event) throws Exception {
    for (Machine machine : machines) {
      for (Object number : machine.rulesForJSONEvent(event)) out.append(number).append(' ');
    }
  }
}
