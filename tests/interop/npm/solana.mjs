// Makes Solana transactions with @solana/web3.js for the key on the command line ("make ADDRESS"), or checks signed ones ("check"): one
// JSON object per line.
import { ComputeBudgetProgram, Keypair, PublicKey, SystemProgram, Transaction, TransactionMessage, VersionedTransaction } from '@solana/web3.js';
import nacl from 'tweetnacl';
import { check_lines } from './check_lines.mjs';

const [, , what, address] = process.argv;
if (what === 'make') {
  const payer = new PublicKey(address);
  const to = Keypair.fromSeed(Buffer.alloc(32, 9)).publicKey;
  const recentBlockhash = '4sGjMW1sUnHzSxGspuhpqLDx6wiyjNtZAMdL4VZHirAn';
  const instructions = [ComputeBudgetProgram.setComputeUnitPrice({ microLamports: 1000 }), SystemProgram.transfer({ fromPubkey: payer, toPubkey: to, lamports: 12345 })];
  const legacy = new Transaction({ feePayer: payer, recentBlockhash }).add(...instructions);
  const message = new TransactionMessage({ payerKey: payer, recentBlockhash, instructions });
  const emit = (kind, bytes) => console.log(JSON.stringify({ kind, transaction: Buffer.from(bytes).toString('base64') }));
  emit('legacy', legacy.serialize({ requireAllSignatures: false }));
  emit('version 0', new VersionedTransaction(message.compileToV0Message()).serialize());
} else {
  await check_lines(({ answer }) => {
    const { message, signatures } = VersionedTransaction.deserialize(Buffer.from(answer.raw, 'base64'));
    const [key] = message.staticAccountKeys;
    return [[answer.from, key.toBase58()], [true, nacl.sign.detached.verify(message.serialize(), signatures[0], key.toBytes())]];
  });
}
