// Usage: node compare-typed-data.mjs CUSTOS FOLDER [--cases N] [--seed TEXT]
//
// Compares Custos's EIP-712 signatures with those of npm's ethers ("npm install ethers" in FOLDER): typed data of random structs,
// nested and in arrays of every form, over random domains. Signature and hashes must be the same.
import { Custos, Random, compare, read_arguments } from './comparison.mjs';

const { custos, load, title, cases, seed } = read_arguments(10000, 'ethers');
const { ethers } = load('ethers');
const random = new Random(seed);
const secret = random.bytes(32);
const wallet = new ethers.Wallet('0x' + secret.toString('hex'));

const kLetters = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$'];
const kTaken = /^(u?int\d*|bytes\d*|bool|address|string|function|EIP712Domain|__proto__)$/;
const kTexts = ['', 'a', 'Grüße', '日本語', '\u0001', '"quoted\\', '😀 emoji', 'line\nbreak'];
const text = () => random.pick(kTexts) + random.pick(kTexts);
const address = () => random.pick([(a) => a, ethers.getAddress])(random.hex(20));

// identifier makes a name that is not in `used`, and puts it there.
function identifier(used) {
  for (;;) {
    const name = random.pick(kLetters) + random.list(0, 7, () => random.pick([...kLetters, ...'0123456789'])).join('');
    if (used.has(name) || kTaken.test(name)) continue;
    used.add(name);
    return name;
  }
}

const atomic = () => random.pick([() => 'bool', () => 'address', () => 'string', () => 'bytes', () => `bytes${1 + random.below(32)}`,
  () => `uint${8 + 8 * random.below(32)}`, () => `int${8 + 8 * random.below(32)}`])();
const array_suffix = () => random.list(0, random.pick([0, 0, 0, 1, 3]), () => random.pick(['[]', `[${1 + random.below(3)}]`])).join('');

// structs makes types of which the first uses all the others, none of them itself.
function structs() {
  const used = new Set(), names = random.list(1, 6, () => identifier(used));
  const needed = names.map(() => []);
  for (let i = 1; i < names.length; ++i) needed[random.below(i)].push(names[i]);
  return Object.fromEntries(names.map((name, i) => {
    const fields = new Set(), later = names.slice(i + 1);
    const types = [...needed[i], ...random.list(1, 5, () => (later.length > 0 && random.chance(4) ? random.pick(later) : atomic()))];
    return [name, types.map((type) => ({ name: identifier(fields), type: type + array_suffix() }))];
  }));
}

function integer(bits, signed) {
  const range = 1n << BigInt(bits), lowest = signed ? -range / 2n : 0n, highest = lowest + range - 1n;
  const number = random.pick([lowest, highest, 0n, lowest + random.bits(bits)]);
  const forms = [number.toString()];
  if (number >= 0n) forms.push('0x' + number.toString(16), '0x' + number.toString(16).padStart(64, '0'));
  if (BigInt.asIntN(53, number) === number) forms.push(Number(number));
  return random.pick(forms);
}

function value(type, types) {
  const [, element, length] = /^(.*)\[(\d*)\]$/.exec(type) ?? [];
  if (element) return Array.from({ length: length === '' ? random.below(4) : Number(length) }, () => value(element, types));
  if (types[type]) return Object.fromEntries(types[type].map((field) => [field.name, value(field.type, types)]));
  if (type === 'bool') return random.chance(2);
  if (type === 'address') return address();
  if (type === 'string') return text();
  if (type === 'bytes') return random.hex(random.pick([0, 1, 31, 32, 33, random.below(100)]));
  const [, kind, size] = /^(bytes|u?int)(\d+)$/.exec(type);
  return kind === 'bytes' ? random.hex(Number(size)) : integer(Number(size), kind === 'int');
}

function domain() {
  const chain = random.below(100000);
  const all = { name: text() + 'x', version: String(random.below(9)),
    chainId: random.pick([chain, String(chain), '0x' + chain.toString(16)]), verifyingContract: address(), salt: random.hex(32) };
  return Object.fromEntries(Object.entries(all).filter(() => !random.chance(3)));
}

function make() {
  const types = structs(), primaryType = Object.keys(types)[0];
  const data = { types, primaryType, domain: domain(), message: value(primaryType, types) };
  const { TypedDataEncoder } = ethers;
  const digest = TypedDataEncoder.hash(data.domain, types, data.message), { serialized } = wallet.signingKey.sign(digest);
  const given_types = random.chance(2) ? types : TypedDataEncoder.getPayload(data.domain, types, data.message).types;
  return { kind: `${Object.keys(types).length} structs`,
    line: JSON.stringify({ scheme: 'eip712', message: { ...data, types: given_types } }),
    expected: { signature: serialized, hash: digest, from: wallet.address, domainSeparator: TypedDataEncoder.hashDomain(data.domain),
      structHash: TypedDataEncoder.hashStruct(primaryType, types, data.message) } };
}

const home = new Custos(custos);
await compare({ title, custos: home, key: home.import('evm', secret), cases, make });
