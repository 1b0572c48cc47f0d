// Usage: node compare-ccxt.mjs CUSTOS [ID=]FOLDER-OF-CCXT … [--cases N] [--seed N] [--only VENUE] [--show]
//
// Compares Custos with npm's ccxt: random requests to every private endpoint that ccxt knows, with random parameters and a frozen
// clock, signed by both with the same throwaway keys. FOLDER is where the package is ("npm install ccxt" in a scratch folder; its
// node_modules/ccxt); "ID=FOLDER" takes one exchange from another version. What Custos sends must be what ccxt sends, but for the
// differences that the list below explains. Prints a table for docs/venues.md; exit status 1 when a difference is unexplained.
import { spawnSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

// ---------------------------------------------------------------------------------------------------------------- arguments

const options = { cases: 5000, seed: 1, only: '', show: false };
const words = process.argv.slice(2), places = [];
for (let i = 0; i < words.length; ++i) {
  if (words[i] === '--show') options.show = true;
  else if (words[i].startsWith('--')) options[words[i].slice(2)] = words[++i];
  else places.push(words[i]);
}
const [custos, ...folders] = places;
if (!custos || folders.length === 0) {
  console.error('usage: node compare-ccxt.mjs CUSTOS [ID=]FOLDER-OF-CCXT … [--cases N] [--seed N] [--only VENUE] [--show]');
  process.exit(2);
}

async function load(folder) {
  const { version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  return { version, ccxt: (await import(pathToFileURL(`${resolve(folder)}/js/ccxt.js`))).default };
}
const main = await load(folders.find((f) => !f.includes('=')));
const others = {};
for (const pair of folders.filter((f) => f.includes('='))) {
  const [id, folder] = pair.split('=');
  others[id] = await load(folder);
}

// ------------------------------------------------------------------------------------------------------------------- random

let state = BigInt(options.seed) * 0x9E3779B97F4A7C15n;
function random() { // splitmix64
  state = (state + 0x9E3779B97F4A7C15n) & 0xFFFFFFFFFFFFFFFFn;
  let z = state;
  z = ((z ^ (z >> 30n)) * 0xBF58476D1CE4E5B9n) & 0xFFFFFFFFFFFFFFFFn;
  z = ((z ^ (z >> 27n)) * 0x94D049BB133111EBn) & 0xFFFFFFFFFFFFFFFFn;
  return Number((z ^ (z >> 31n)) >> 11n);
}
const below = (n) => random() % n;
const pick = (list) => list[below(list.length)];
const shuffled = (list) => {
  const copy = [...list];
  for (let i = copy.length - 1; i > 0; --i) [copy[i], copy[below(i + 1)]] = [copy[below(i + 1)], copy[i]];
  return copy;
};

const kNames = ['symbol', 'note', 'limit', 'cursor', 'clientOid', 'startTime', 'side', 'size', 'price', 'ordType', 'b2', 'a', 'zZ'];
const kPlain = ['BTCUSDT', 'BTC-USDT', '0.00125', '64250.15', 'buy', 'LIMIT', '1', 'x-R4BD3S82', 'abc_DEF', '1700000000'];
const kSpecial = ['a b', 'c/d', 'e:f', 'x,y', 'é', '€uro', 'q"r', 'p+q', '100%', '日本', "o'k", '(z)', '~t', 'a.b*'];
const value = (special) => (special && below(3) === 0 ? pick(kSpecial) : pick(kPlain)) + (below(4) === 0 ? String(below(1e6)) : '');

// -------------------------------------------------------------------------------------------------------------------- venues

const pem = (type, how) => generateKeyPairSync(type, how).privateKey.export({ type: 'pkcs8', format: 'pem' });
const rsa = pem('rsa', { modulusLength: 2048 });
const ed25519 = pem('ed25519', {});
const alphabet58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
function base58(bytes) {
  let number = BigInt('0x' + bytes.toString('hex')), text = '';
  for (; number > 0n; number /= 58n) text = alphabet58[Number(number % 58n)] + text;
  return text;
}
const publicOf = (text) => createPublicKey(text).export({ format: 'der', type: 'spki' }).subarray(-32);
const seed = (text) => Buffer.from(text.split('\n').slice(1, -2).join(''), 'base64').subarray(-32);

const kKey = 'testApiKey0123456789abcdefABCDEF';
const kSecret = 'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j';
const kSecret64 = Buffer.from(kSecret).toString('base64');
const kPhrase = 'p@ss phrase_1';

const split = (url) => {
  const [, host, path, query = ''] = /^https?:\/\/([^/]+)(\/[^?]*)(?:\?(.*))?$/s.exec(url);
  return { host, path, query };
};
const without = (query, ...names) =>
  query.split('&').filter((pair) => pair !== '' && !names.includes(pair.split('=')[0])).join('&');
const headersOf = (signed) => Object.fromEntries(Object.entries(signed.headers ?? {}).map(([k, v]) => [k.toLowerCase(), String(v)]));
const jwtOf = (text) => JSON.parse(Buffer.from(text.split(' ').pop().split('.')[1], 'base64url'));

// Each venue: which groups of ccxt's API are signed; how a request of ccxt's becomes one of Custos's (same bytes, less what Custos
// appends); `unlike` explains a difference: its reason, or nothing.
const raw = (signed) => ({ ...split(signed.url), body: signed.body ?? '' });
const kVenues = [
  ...[['HMAC-SHA256', kSecret], ['RSA-2048', rsa], ['Ed25519', ed25519]].map(([algorithm, secret]) => ({
    custos: 'binance', ccxt: 'binance', algorithm, secret, groups: /^(private|sapi\w*|fapiPrivate\w*|dapiPrivate\w*|eapiPrivate|papi\w*)$/,
    listed: true, special: true, ownTime: true,
    request: (signed) => {
      const whole = raw(signed);
      if (!/signature=/.test(signed.url + signed.body)) throw new Error('not signed');
      return { ...whole, query: without(whole.query, 'signature'), body: without(whole.body, 'signature') };
    },
  })),
  ...[['HMAC-SHA256', kSecret], ['RSA-2048', rsa]].map(([algorithm, secret]) => ({
    custos: 'bybit', ccxt: 'bybit', algorithm, secret, groups: /^private$/, listed: true,
    request: (signed) => {
      const window = headersOf(signed)['x-bapi-recv-window'];
      if (!window) throw new Error('of an older API, with a scheme of its own');
      return { ...raw(signed), recv_window: window };
    },
  })),
  { custos: 'okx', ccxt: 'okx', passphrase: kPhrase, groups: /^private$/, special: true, request: raw },
  { custos: 'gate', ccxt: 'gate', groups: /^private\./, special: true, request: raw },
  { custos: 'mexc', ccxt: 'mexc', groups: /^spot\.private$/, listed: true, special: true, ownTime: true,
    request: (signed) => ({ ...raw(signed), query: without(split(signed.url).query, 'signature') }) },
  { custos: 'mexc', ccxt: 'mexc', groups: /^contract\.private$/, label: 'mexc, contracts', listed: true, request: raw },
  { custos: 'kucoin', ccxt: 'kucoin', passphrase: kPhrase, groups: /^(private|futuresPrivate)$/, request: raw,
    ignore: /^kc-api-partner/ },
  { custos: 'coinbase-legacy', ccxt: 'coinbase', groups: /^v[23]\.private$/, special: true, request: raw },
  { custos: 'coinbase-exchange', ccxt: 'coinbaseexchange', secret: kSecret64, passphrase: kPhrase, groups: /^private$/, special: true, request: raw },
  { custos: 'coinbase-intx', ccxt: 'coinbaseinternational', secret: kSecret64, passphrase: kPhrase, groups: /^v1\.private$/, special: true, request: raw },
  { custos: 'kraken', ccxt: 'kraken', secret: kSecret64, groups: /^private$/, special: true, rising: 1000, request: raw },
  { custos: 'deribit', ccxt: 'deribit', groups: /^private$/, special: true,
    request: (signed) => ({ ...raw(signed), nonce: /nonce=([^,]+)/.exec(signed.headers.Authorization)[1] }) },
  { custos: 'bitfinex', ccxt: 'bitfinex', groups: /^private$/, special: true, rising: 1000,
    request: (signed) => ({ ...raw(signed), nonce: headersOf(signed)['bfx-nonce'] }) },
  { custos: 'bitmex', ccxt: 'bitmex', groups: /^private$/, special: true,
    request: (signed) => ({ ...raw(signed), expires: Number(headersOf(signed)['api-expires']) }) },
  { custos: 'bitget', ccxt: 'bitget', passphrase: kPhrase, groups: /^private\./, special: true, request: raw,
    ignore: /^x-channel-api-code$/ },
  { custos: 'htx', ccxt: 'htx', groups: /^(private|v2Private|spot\.private|contract\.private)$/, special: true,
    request: (signed) => ({ ...raw(signed),
      query: without(split(signed.url).query, 'AccessKeyId', 'SignatureMethod', 'SignatureVersion', 'Timestamp', 'Signature') }) },
  { custos: 'crypto-com', ccxt: 'cryptocom', groups: /^v1\.private$/, special: true,
    request: (signed) => {
      const envelope = JSON.parse(signed.body);
      delete envelope.sig;
      return { ...raw(signed), body: JSON.stringify(envelope.params) };
    },
    bodies: (text) => { const { id, ...rest } = JSON.parse(text); return JSON.stringify(rest, Object.keys(rest).sort()); } },
  { custos: 'gemini', ccxt: 'gemini', key: 'account-' + kKey, groups: /^private$/, special: true, rising: 1,
    ignore: /^cache-control$/, bodies: () => '', // a body that ccxt sends beside the payload is not read
    request: (signed) => ({ ...raw(signed), body: Buffer.from(headersOf(signed)['x-gemini-payload'], 'base64').toString() }) },
  { custos: 'bitstamp', ccxt: 'bitstamp', groups: /^private$/, special: true,
    request: (signed) => ({ ...raw(signed), nonce: headersOf(signed)['x-auth-nonce'] }) },
  { custos: 'upbit', ccxt: 'upbit', groups: /^private$/, listed: true, algorithm: 'HMAC-SHA256',
    request: (signed) => ({ ...raw(signed), nonce: jwtOf(signed.headers.Authorization).nonce }) },
  { custos: 'bithumb', ccxt: 'bithumb', groups: /^private$/, listed: true,
    request: (signed) => ({ ...raw(signed), nonce: jwtOf(signed.headers.Authorization).nonce }) },
  { custos: 'backpack', ccxt: 'backpack', algorithm: 'Ed25519', secret: seed(ed25519).toString('base64'),
    keys: { apiKey: publicOf(ed25519).toString('base64') }, groups: /^private$/, request: raw },
  { custos: 'woox', ccxt: 'woo', groups: /^v[13]\.private$/, listed: true, request: raw },
  { custos: 'orderly', ccxt: 'woofipro', algorithm: 'Ed25519', secret: 'ed25519:' + base58(seed(ed25519)),
    keys: { apiKey: 'ed25519:' + base58(publicOf(ed25519)), accountId: kKey }, groups: /^v[12]\.private$/, request: raw },
  { custos: 'phemex', ccxt: 'phemex', groups: /^private$/, special: true,
    request: (signed) => ({ ...raw(signed), expires: Number(headersOf(signed)['x-phemex-request-expiry']) }) },
  { custos: 'ascendex', ccxt: 'ascendex', groups: /private/, params: { 'account-group': '6', 'account-category': 'cash' }, special: true, request: raw },
];

// kNotCompared are venues, or schemes of one, for which ccxt has nothing to compare with.
const kNotCompared = [
  ['3commas', 'not in ccxt'],
  ['binance', 'WebSocket and FIX: ccxt signs them inside its connections; documented vectors instead'],
  ['bithumb-legacy', 'ccxt 4.5.84 signs the JWT of API 2'],
  ['coinbase', "ccxt writes other claims (iss, aud, uris) than Coinbase's own SDK; both are accepted"],
  ['dydx', "not signed by ccxt's sign(); vectors recomputed by an independent implementation"],
  ['hyperliquid', "not signed by ccxt's sign(); the official SDK's vectors instead"],
  ['kraken-futures', 'ccxt sends no Nonce, so its requests can be replayed; Custos always sends one'],
];

// kDifferences explain what may differ: a test over one case, and the reason.
const kDifferences = [
  [(c) => c.venue.custos === 'backpack' && !c.exchange.options.instructions[c.path]?.[c.method],
    'ccxt knows no instruction for the endpoint and signs an empty one'],
  [(c) => c.venue.custos === 'backpack' && c.path === 'api/v1/orders' && c.method === 'POST', 'a batch of orders that is no array'],
  [(c) => c.refusal && /must be percent-encoded, near|two hexadecimal digits, near/.test(c.refusal),
    'ccxt leaves characters unencoded in the URL or form that RFC 3986 wants encoded; Custos refuses such bytes'],
  [(c) => c.refusal && /name .*\[.*percent-encoded|name .*%5B.*percent-encoded/.test(c.refusal),
    "ccxt percent-encodes the brackets of a name; Custos takes them plain, as the venue's documentation writes them"],
  [(c) => c.refusal && /is not one that this operation takes/.test(c.refusal),
    'ccxt adds a parameter that the operation does not list; Custos refuses those'],
  [(c) => c.refusal && /neither a JSON object nor an array|takes no body/.test(c.refusal),
    'ccxt sends a body with a method that takes none'],
  [(c) => c.refusal && /given more than once/.test(c.refusal), 'a parameter twice in the query'],
  [(c) => c.refusal && /path .* is malformed/.test(c.refusal), 'ccxt leaves a placeholder or an escape in the path; Custos takes plain paths only'],
  [(c) => c.refusal && /which this venue signs unencoded/.test(c.refusal), "a '&' in a value that the venue signs unencoded is ambiguous; Custos refuses it"],
  [(c) => c.refusal && /depends on the operation, and none is known/.test(c.refusal), 'an endpoint that the account category of the sample has not'],
  [(c) => c.refusal && /not the venue's for this path/.test(c.refusal), 'a host or path family of ccxt that Custos does not serve'],
];

// ---------------------------------------------------------------------------------------------------------------- the run

const home = mkdtempSync(join(tmpdir(), 'custos-ccxt-'));
process.on('exit', () => rmSync(home, { recursive: true, force: true }));
function run(args, input = '') {
  const done = spawnSync(custos, [...args, '--home', home], { input, maxBuffer: 1 << 30, encoding: 'utf8' });
  return done;
}
function must(args, input) {
  const done = run(args, input);
  if (done.status !== 0) throw new Error(`custos ${args.join(' ')}: ${done.status}: ${done.stderr}`);
  return done.stdout;
}

// endpointsOf lists [api, method, path] of the groups that are signed.
function endpointsOf(exchange, groups) {
  const list = [];
  const walk = (node, names) => {
    for (const [key, child] of Object.entries(node)) {
      if (['get', 'post', 'put', 'delete', 'patch'].includes(key)) {
        if (!groups.test(names.join('.'))) continue;
        for (const path of Array.isArray(child) ? child : Object.keys(child)) list.push([names, key.toUpperCase(), path]);
      } else if (child && typeof child === 'object') walk(child, [...names, key]);
    }
  };
  walk(exchange.api, []);
  return list;
}

must(['init']);
const realNow = Date.now();
const past = realNow - 86_400_000;
const RealDate = Date;
let clock = past;
Date.now = () => clock; // ccxt's milliseconds()
let lastNonce = 0;

const results = [];
const venues = kVenues.filter((v) => !options.only || v.custos === options.only);
const share = Math.ceil(options.cases / venues.length);
for (const [number, venue] of venues.entries()) {
  const { ccxt, version } = others[venue.ccxt] ?? main;
  if (!ccxt[venue.ccxt]) {
    results.push({ venue, version, cases: 0, missing: `not in ccxt ${version}` });
    continue;
  }
  const algorithm = venue.algorithm ?? '';
  const secret = venue.secret ?? kSecret;
  const key = venue.key ?? kKey;
  const exchange = new ccxt[venue.ccxt]({ apiKey: key, uid: key, secret, password: venue.passphrase ?? 'unused',
    ...venue.keys });
  exchange.milliseconds = () => clock;
  exchange.seconds = () => Math.floor(clock / 1000);
  exchange.microseconds = () => clock * 1000;
  if (venue.rising) lastNonce = 0;
  if (venue.rising) exchange.nonce = () => (lastNonce = Math.max(lastNonce + 1, venue.rising * realNow));

  const name = `c${number}`;
  const add = ['credential', 'add', name, '--venue', venue.custos, '--api-key', key, '--secret-stdin',
    '--grant', 'read,trade,transfer,withdraw,manage,session,unknown'];
  if (algorithm) add.push('--algorithm', algorithm);
  let input = secret;
  if (venue.passphrase) {
    add.push('--passphrase-stdin');
    input = `${secret}\n${venue.passphrase}\n`;
  }
  const added = run(add, input);
  if (added.status !== 0) {
    results.push({ venue, version, cases: 0, missing: `credential add: ${added.stderr.trim()}` });
    continue;
  }

  const listed = venue.listed ? JSON.parse(must(['venue', 'show', venue.custos, '--json', '--operations'])).operations : [];
  const namesOf = new Map(listed.map((row) => [`${row.method} ${row.path}`, row]));
  const endpoints = endpointsOf(exchange, venue.groups);
  const cases = [];
  for (let attempt = 0; cases.length < share && attempt < share * 20; ++attempt) {
    const [names, method, path] = pick(endpoints);
    clock += 1 + below(5000);
    if (clock > realNow - 60_000) clock = past;
    const params = { ...venue.params };
    const fill = (list) => { for (const one of shuffled(list).slice(0, below(6))) params[one] = value(venue.special); };
    const inPath = [...path.matchAll(/\{([\w-]+)\}/g)].map((match) => match[1]);
    for (const one of inPath) params[one] = pick(['BTCUSDT', '12345', 'abc-1', 'main']);
    let signed;
    try {
      if (venue.listed) { // parameters that the operation takes
        const plain = split(exchange.sign(path, names.length === 1 ? names[0] : names, method, { ...params }, undefined, undefined).url);
        const row = namesOf.get(`${method} ${plain.path}`);
        fill(row ? (row.optional[0] === '*' ? kNames : [...row.required, ...row.optional].filter((n) => !/^(timestamp|recvWindow|signature)$/.test(n))) : kNames);
      } else {
        fill(kNames.filter((one) => !inPath.includes(one)));
      }
      const headers = undefined;
      signed = exchange.sign(path, names.length === 1 ? names[0] : names, method, { ...params }, headers, undefined);
    } catch { continue; } // ccxt itself wants other parameters
    if (!signed || typeof signed.url !== 'string') continue;
    let line;
    try { line = venue.request(signed); } catch { continue; } // an endpoint that ccxt does not sign
    const { host, ...rest } = line;
    const request = { credential: name, method, timestamp_ms: clock, ...rest, host };
    if (venue.ownTime) delete request.timestamp_ms; // it stands in the bytes
    if (!request.body) delete request.body;
    if (!request.query) delete request.query;
    cases.push({ venue, exchange, method, path, signed, request });
  }

  const lines = cases.map(({ request }) => JSON.stringify(request)).join('\n');
  const done = run(['request', 'sign', '--jsonl', '--only', name], lines + '\n');
  const answers = done.stdout.trim().split('\n').map((line) => JSON.parse(line));
  const tally = { venue, version, cases: cases.length, equal: 0, reasons: new Map(), open: [] };
  for (const [i, one] of cases.entries()) {
    const answer = answers[i];
    const wrong = differences(venue, one.signed, one.request, answer);
    if (wrong.length === 0) { ++tally.equal; continue; }
    const told = { ...one, answer, refusal: answer?.error?.message };
    const known = kDifferences.find(([test]) => test(told));
    if (known) tally.reasons.set(known[1], (tally.reasons.get(known[1]) ?? 0) + 1);
    else tally.open.push({ ...told, wrong });
  }
  results.push(tally);
}

// differences lists what is not the same in what both would send.
function differences(venue, signed, request, answer) {
  if (!answer || answer.error) return [`refused: ${answer?.error?.message}`];
  const list = [];
  const same = (what, ours, theirs) => { if (ours !== theirs) list.push(`${what}: ours ${ours}, ccxt's ${theirs}`); };
  same('method', answer.method, request.method);
  same('url', answer.url, signed.url.replace(/\?$/, '')); // ccxt leaves a lone '?' where there is no query
  const bodies = venue.bodies ?? ((text) => text);
  if (answer.body || signed.body) same('body', bodies(answer.body || '""'), bodies(signed.body || '""'));
  const theirs = headersOf(signed);
  for (const [name, ours] of answer.headers) {
    const lower = name.toLowerCase();
    if (lower === 'content-type' || venue.ignore?.test(lower)) continue;
    same(name, ours, theirs[lower]);
  }
  return list;
}

// ---------------------------------------------------------------------------------------------------------------- the report

let total = 0, equal = 0, open = 0;
console.log('| Venue | ccxt | Requests | Equal | Explained | Unexplained |\n|---|---|---|---|---|---|');
for (const one of results) {
  const label = (one.venue.label ?? one.venue.custos) + (one.venue.algorithm ? ` (${one.venue.algorithm})` : '');
  if (one.missing) { console.log(`| ${label} | ${one.version} | – | – | – | ${one.missing} |`); continue; }
  const explained = [...one.reasons.values()].reduce((a, b) => a + b, 0);
  total += one.cases; equal += one.equal; open += one.open.length;
  console.log(`| ${label} | ${one.version} | ${one.cases} | ${one.equal} | ${explained} | ${one.open.length} |`);
}
console.log(`\n${total} requests: ${equal} equal, ${total - equal - open} with a known difference, ${open} unexplained.\n`);
const all = new Map();
for (const one of results) for (const [reason, count] of one.reasons ?? []) {
  all.set(reason, [...(all.get(reason) ?? []), `${one.venue.custos} ${count}`]);
}
for (const [reason, where] of all) console.log(`- ${reason}: ${where.join(', ')}`);
for (const [name, reason] of kNotCompared) console.log(`- ${name}: not compared: ${reason}`);
for (const one of results) for (const bad of (one.open ?? []).slice(0, options.show ? 20 : 2)) {
  console.error(`\n${one.venue.custos}: ${JSON.stringify(bad.request)}\n  ${bad.wrong.join('\n  ')}`);
}
process.exit(open === 0 ? 0 : 1);
