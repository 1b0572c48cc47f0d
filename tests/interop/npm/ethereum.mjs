// Checks what Custos signed for Ethereum with ethers: one JSON object per line in, one line per fault out, status 1 when there is one.
import { Transaction, TypedDataEncoder, verifyMessage, verifyTypedData } from 'ethers';
import { check_lines } from './check_lines.mjs';

// Each check answers pairs of what Custos says and what ethers finds.
const checks = {
  transaction({ answer, asked }) {
    const parsed = Transaction.from(answer.raw);
    const pairs = [[answer.hash, parsed.hash], [answer.from, parsed.from], [answer.r, parsed.signature.r], [answer.s, parsed.signature.s],
      [asked.nonce, parsed.nonce], [asked.to ?? null, parsed.to], [BigInt(asked.value ?? 0), parsed.value], [BigInt(asked.gas), parsed.gasLimit],
      [asked.data ?? '0x', parsed.data], [BigInt(asked.chainId), parsed.chainId]];
    if (asked.maxFeePerGas !== undefined) pairs.push([BigInt(asked.maxFeePerGas), parsed.maxFeePerGas]);
    if (asked.maxPriorityFeePerGas !== undefined) pairs.push([BigInt(asked.maxPriorityFeePerGas), parsed.maxPriorityFeePerGas]);
    if (asked.gasPrice !== undefined) pairs.push([BigInt(asked.gasPrice), parsed.gasPrice]);
    if (asked.accessList !== undefined) pairs.push([JSON.stringify(asked.accessList), JSON.stringify(parsed.accessList)]);
    return pairs;
  },
  message: ({ answer, message }) => [[answer.from, verifyMessage(message, answer.signature)]],
  typed({ answer, typed }) {
    const { EIP712Domain, ...types } = typed.types;
    return [[answer.from, verifyTypedData(typed.domain, types, typed.message, answer.signature)],
      [answer.hash, TypedDataEncoder.hash(typed.domain, types, typed.message)]];
  },
};

await check_lines((item) => checks[item.check](item));
