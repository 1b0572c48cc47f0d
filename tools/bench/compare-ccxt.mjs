// Usage: node compare-ccxt.mjs FOLDER-OF-CCXT. Signs one order again and again and prints {"ccxt","node","p50_ns",…} as one line.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = resolve(process.argv[2]);
const { version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
const ccxt = (await import(pathToFileURL(`${folder}/js/ccxt.js`))).default;

const exchange = new ccxt.binance({
  apiKey: 'vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A', // Binance's documented example
  secret: 'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j',
  options: { recvWindow: 5000 },
});
const order = { // tools/bench/request_subject.h
  symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: '0.00125', price: '64250.15',
  newClientOrderId: 'x-R4BD3S82d8a2f6b13c7e', newOrderRespType: 'ACK',
};
const sign = () => exchange.sign('order', 'private', 'POST', { ...order });

if (!/signature=[0-9a-f]{64}$/.test(sign().body)) throw new Error('ccxt answers something else than a signed order');

const warmUp = 3000, measured = 30000;
for (let i = 0; i < warmUp; ++i) sign();
const times = new Float64Array(measured);
const begin = process.hrtime.bigint();
for (let i = 0; i < measured; ++i) {
  const start = process.hrtime.bigint();
  sign();
  times[i] = Number(process.hrtime.bigint() - start);
}
const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
times.sort();
const at = (share) => times[Math.ceil(share * measured) - 1];
console.log(JSON.stringify({
  ccxt: version, node: process.version, p50_ns: at(0.5), p90_ns: at(0.9), p99_ns: at(0.99), p999_ns: at(0.999), max_ns: at(1),
  per_second: measured / seconds,
}));
