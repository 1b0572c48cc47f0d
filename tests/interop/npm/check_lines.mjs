// What the checks of Custos's answers share: one JSON object per line in, one line per fault out.
import { createInterface } from 'node:readline';

// check_lines reads standard input; check(item) gives pairs of what Custos says and what the library does, at once or as a promise. It
// ends the program: status 1 when a pair differs, or nothing was checked.
export async function check_lines(check) {
  let faults = 0, checked = 0;
  for await (const line of createInterface({ input: process.stdin })) {
    checked += 1;
    try {
      for (const [ours, theirs] of await check(JSON.parse(line))) {
        if (ours !== theirs) throw new Error(`${ours} is not ${theirs}`);
      }
    } catch (fault) {
      faults += 1;
      console.log(`${fault.message}: ${line}`);
    }
  }
  console.log(`${checked} checked, ${faults} faults`);
  process.exit(faults > 0 || checked === 0 ? 1 : 0);
}
