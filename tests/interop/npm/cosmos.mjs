// Makes Cosmos sign documents with cosmjs for the key on the command line ("make BASE64 ADDRESS"), or checks signed ones ("check").
import { Secp256k1, Secp256k1Signature, sha256 } from '@cosmjs/crypto';
import { encodePubkey, makeAuthInfoBytes, makeSignBytes, makeSignDoc, Registry } from '@cosmjs/proto-signing';
import { MsgSend } from 'cosmjs-types/cosmos/bank/v1beta1/tx';
import { SignDoc, TxRaw } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import { check_lines } from './check_lines.mjs';

const [, , what, publicKey, address] = process.argv;
if (what === 'make') {
  const registry = new Registry([['/cosmos.bank.v1beta1.MsgSend', MsgSend]]);
  const body = registry.encodeTxBody({
    messages: [{ typeUrl: '/cosmos.bank.v1beta1.MsgSend',
      value: { fromAddress: address, toAddress: address, amount: [{ denom: 'uatom', amount: '1234567' }] } }],
    memo: 'by cosmjs',
  });
  const pubkey = encodePubkey({ type: 'tendermint/PubKeySecp256k1', value: publicKey });
  const auth = makeAuthInfoBytes([{ pubkey, sequence: 7 }], [{ denom: 'uatom', amount: '5000' }], 200000, undefined, undefined);
  const bytes = makeSignBytes(makeSignDoc(body, auth, 'cosmoshub-4', 42));
  console.log(JSON.stringify({ document: Buffer.from(bytes).toString('base64') }));
} else {
  await check_lines(async ({ answer, document, public_key: key }) => {
    const asked = SignDoc.decode(Buffer.from(document, 'base64'));
    const tx = TxRaw.decode(Buffer.from(answer.tx_bytes, 'base64'));
    const bytes = makeSignBytes(makeSignDoc(tx.bodyBytes, tx.authInfoBytes, asked.chainId, Number(asked.accountNumber)));
    const valid = await Secp256k1.verifySignature(Secp256k1Signature.fromFixedLength(tx.signatures[0]), sha256(bytes), Buffer.from(key, 'base64'));
    return [[Buffer.from(bytes).toString('base64'), document], [true, valid]];
  });
}
