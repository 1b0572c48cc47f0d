// What the comparisons of wallets' signatures with npm's packages share: arguments, repeatable random values, Custos with software
// keys whose secrets are known, and the count of what differs.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

// read_arguments gives { custos, folder, load, title, cases, seed } of "CUSTOS FOLDER [--cases N] [--seed TEXT]". FOLDER is where
// "npm install" put the packages; load(name) takes one from there, and the title is the first's name and version.
export function read_arguments(cases, packages) {
  const options = { cases: String(cases), seed: '1' }, places = [];
  const words = process.argv.slice(2);
  for (let i = 0; i < words.length; ++i) {
    if (words[i].startsWith('--')) options[words[i].slice(2)] = words[++i];
    else places.push(words[i]);
  }
  if (places.length !== 2) {
    console.error(`usage: node ${basename(process.argv[1])} CUSTOS FOLDER [--cases N] [--seed TEXT]`);
    console.error(`FOLDER is where you called: npm install ${packages}`);
    process.exit(2);
  }
  const [custos, folder] = places.map((place) => resolve(place));
  const [name] = packages.split(' ');
  const { version } = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'));
  return { custos, folder, load: createRequire(join(folder, 'packages.js')), title: `${name} ${version}`, cases: Number(options.cases),
    seed: options.seed };
}

// Random is a stream of bytes that the seed determines: SHA-256 of the seed and a counter.
export class Random {
  #seed; #count = 0; #pool = Buffer.alloc(0);
  constructor(seed) { this.#seed = seed; }
  bytes(size) {
    const blocks = [this.#pool];
    for (let held = this.#pool.length; held < size; held += 32) {
      blocks.push(createHash('sha256').update(`${this.#seed}:${this.#count++}`).digest());
    }
    const all = Buffer.concat(blocks);
    this.#pool = all.subarray(size);
    return all.subarray(0, size);
  }
  hex(size) { return '0x' + this.bytes(size).toString('hex'); }
  below(limit) { return Number(BigInt(this.hex(6)) % BigInt(limit)); }
  chance(of) { return this.below(of) === 0; }
  pick(list) { return list[this.below(list.length)]; }
  // list gives `least` to `most` of what `make` makes.
  list(least, most, make) { return Array.from({ length: least + this.below(most - least + 1) }, () => make()); }
  // bits gives an unsigned number of any length up to `most` bits.
  bits(most) { return BigInt.asUintN(most, BigInt(this.hex(Math.ceil(most / 8)))) >> BigInt(this.below(most)); }
}

// Custos is a home of its own, removed at the end.
export class Custos {
  #program; #home = mkdtempSync(join(tmpdir(), 'custos-compare-'));
  constructor(program) {
    this.#program = program;
    process.on('exit', () => rmSync(this.#home, { recursive: true, force: true }));
    this.#run(['init']);
  }
  // import takes a secret (32 bytes) for a chain, and grants the key every class; it gives the key's name.
  import(chain, secret) {
    const key = `software:${chain}`;
    this.#run(['key', 'import', key, '--purpose', `chain:${chain}`, '--raw-hex-stdin'], secret.toString('hex'));
    const classes = ['withdraw', 'session', 'approve', 'manage', 'trade', 'transfer', 'read', 'unknown'];
    this.#run(['key', 'grant', key, ...classes.flatMap((name) => ['--class', name])]);
    return key;
  }
  // sign gives the answers to lines of JSON, in their order.
  sign(key, lines) {
    const answers = this.#run(['tx', 'sign', '--jsonl', '--key', key], lines.join('\n') + '\n', true).trim().split('\n').map(JSON.parse);
    if (answers.length !== lines.length) throw new Error(`${lines.length} lines had ${answers.length} answers`);
    return answers;
  }
  // run gives standard output. A refused line is an answer too, though the status tells of it.
  #run(args, input = '', any_status = false) {
    const done = spawnSync(this.#program, [...args, '--home', this.#home], { input, maxBuffer: 1 << 30, encoding: 'utf8' });
    if (done.status !== 0 && !(any_status && done.stdout)) throw new Error(`custos ${args.join(' ')}: ${done.status ?? done.signal}: ${done.stderr}`);
    return done.stdout;
  }
}

// compare signs `cases` cases in portions. make() gives, at once or as a promise, { line, expected, kind }: what Custos is told, the
// members that its answer must have, and a name to count by; check(answer, case), where it is given, adds what is wrong besides. It
// ends the program: status 1 when anything differs.
export async function compare({ custos, key, cases, make, check = () => [], title }) {
  const kShown = 5, kPortion = 500, started = Date.now();
  const counts = new Map();
  let different = 0;
  for (let left = cases; left > 0; left -= kPortion) {
    const portion = [];
    while (portion.length < Math.min(left, kPortion)) portion.push(await make());
    const answers = custos.sign(key, portion.map((one) => one.line));
    for (const [i, one] of portion.entries()) {
      const answer = answers[i], wrong = answer.error ? [`refused: ${answer.error.message}`] : [];
      for (const [name, value] of answer.error ? [] : Object.entries(one.expected)) {
        if (answer[name] !== value) wrong.push(`${name}: ours ${answer[name]}, theirs ${value}`);
      }
      if (!answer.error) wrong.push(...check(answer, one));
      const count = counts.get(one.kind) ?? { equal: 0, different: 0 };
      wrong.length === 0 ? ++count.equal : ++count.different;
      counts.set(one.kind, count);
      if (wrong.length > 0 && ++different <= kShown) {
        console.error(`${one.kind}: ${one.line}\n  ${wrong.join('\n  ')}\n`);
      }
    }
  }
  console.log('| Kind | Equal | Different |\n|---|---|---|');
  for (const [kind, count] of [...counts].sort()) console.log(`| ${kind} | ${count.equal} | ${count.different} |`);
  console.log(`\n${title}: ${cases} cases, ${different} different, ${((Date.now() - started) / 1000).toFixed(1)} s.`);
  process.exit(different === 0 ? 0 : 1);
}
