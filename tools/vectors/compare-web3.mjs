// Usage: node compare-web3.mjs CUSTOS FOLDER [--cases N] [--seed TEXT]
//
// Compares Custos's Solana transactions with those of npm's @solana/web3.js ("npm install @solana/web3.js @solana/spl-token" in
// FOLDER): random instructions, legacy and version 0, with address tables, our key among several signers, in base64, base58 and
// hexadecimal. The signed transaction must be the same.
import { Custos, Random, compare, read_arguments } from './comparison.mjs';

const { custos, load, title, cases, seed } = read_arguments(10000, '@solana/web3.js @solana/spl-token');
const solana = load('@solana/web3.js'), spl = load('@solana/spl-token'), bs58 = load('bs58');
const { AddressLookupTableAccount, ComputeBudgetProgram, Keypair, PublicKey, StakeProgram, SystemProgram, TransactionInstruction,
  TransactionMessage, VersionedTransaction } = solana;
const random = new Random(seed);
const kMostBytes = 1232; // of a transaction
const kMemo = new PublicKey('MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr');

const secret = random.bytes(32), own = Keypair.fromSeed(secret);
const pool = [own, ...Array.from({ length: 39 }, () => Keypair.fromSeed(random.bytes(32)))];
const any = () => random.pick(pool).publicKey;
const programs = Array.from({ length: 3 }, () => new PublicKey(random.bytes(32)));
const token_program = () => random.pick([spl.TOKEN_PROGRAM_ID, spl.TOKEN_2022_PROGRAM_ID]);
const amount = () => random.pick([(1n << 64n) - 1n, random.bits(64)]);
const us = own.publicKey;

const kInstructions = [
  () => SystemProgram.transfer({ fromPubkey: us, toPubkey: any(), lamports: amount() }),
  () => SystemProgram.createAccount({ fromPubkey: us, newAccountPubkey: any(), lamports: Number(random.bits(48)),
    space: random.below(1000), programId: any() }),
  () => StakeProgram.withdraw({ stakePubkey: any(), authorizedPubkey: us, toPubkey: any(),
    lamports: Number(random.bits(48)) }).instructions[0],
  () => spl.createTransferInstruction(any(), any(), us, amount(), [], token_program()),
  () => spl.createTransferCheckedInstruction(any(), any(), any(), us, amount(), random.below(10), [], token_program()),
  () => spl.createApproveInstruction(any(), any(), us, amount(), [], token_program()),
  () => spl.createBurnCheckedInstruction(any(), any(), us, amount(), 6, [], token_program()),
  () => ComputeBudgetProgram.setComputeUnitPrice({ microLamports: random.bits(31) }),
  () => new TransactionInstruction({ programId: kMemo, keys: [], data: Buffer.from('m'.repeat(random.below(200))) }),
  () => new TransactionInstruction({ programId: random.pick(programs), data: random.bytes(random.below(33)),
    keys: random.list(0, 5, () => ({ pubkey: any(), isSigner: random.chance(8), isWritable: random.chance(2) })) }),
];

function table() {
  const state = { deactivationSlot: (1n << 64n) - 1n, lastExtendedSlot: 0, lastExtendedSlotStartIndex: 0, authority: us,
    addresses: random.list(20, 20, any) };
  return new AddressLookupTableAccount({ key: new PublicKey(random.bytes(32)), state });
}

// compiled makes a message that our key signs; nothing when it does not, or is too large.
function compiled(legacy) {
  const message = new TransactionMessage({ payerKey: random.chance(4) ? any() : us, recentBlockhash: bs58_of(random.bytes(32)),
    instructions: compute_budget_once(random.list(0, 4, () => random.pick(kInstructions)())) });
  try {
    const made = legacy ? message.compileToLegacyMessage() : message.compileToV0Message(random.list(0, 2, table));
    const signers = made.staticAccountKeys.slice(0, made.header.numRequiredSignatures);
    const transaction = new VersionedTransaction(made);
    return signers.some((key) => key.equals(us)) && transaction.serialize().length <= kMostBytes ? { signers, transaction } : null;
  } catch (fault) {
    if (fault instanceof RangeError || /overruns|too large/.test(fault.message)) return null;
    throw fault;
  }
}
// A compute budget that is set twice is no transaction for the chain.
function compute_budget_once(instructions) {
  const is_budget = ({ programId }) => programId.equals(ComputeBudgetProgram.programId);
  return instructions.filter((one, i) => !is_budget(one) || instructions.findIndex(is_budget) === i);
}
const bs58_of = (bytes) => (bs58.default ?? bs58).encode(bytes);

function make() {
  const legacy = random.chance(2);
  let made = null;
  while (made === null) made = compiled(legacy);
  const { signers, transaction } = made;
  const others = pool.filter((pair) => pair !== own && signers.some((key) => key.equals(pair.publicKey)) && random.chance(2));
  if (others.length > 0) transaction.sign(others);
  const unsigned = Buffer.from(transaction.serialize());
  transaction.sign([own]);
  const [first] = transaction.signatures, complete = transaction.signatures.every((one) => one.some((byte) => byte !== 0));
  const place = signers.findIndex((key) => key.equals(us));
  const given = random.pick([unsigned.toString('base64'), unsigned.toString('hex'), bs58_of(unsigned)]);
  return { kind: `${legacy ? 'legacy' : 'version 0'}, ${signers.length > 1 ? 'several signers' : 'one signer'}`,
    line: JSON.stringify({ transaction: given }),
    expected: { raw: Buffer.from(transaction.serialize()).toString('base64'), signature: bs58_of(transaction.signatures[place]),
      id: first.some((byte) => byte !== 0) ? bs58_of(first) : undefined, from: us.toBase58(), complete } };
}

const home = new Custos(custos);
await compare({ title, custos: home, key: home.import('solana', secret), cases, make });
