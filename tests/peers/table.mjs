// Prints the medians that the engines wrote into a folder, beside one another.
//   node table.mjs FOLDER
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
const read = (name) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const ours = Object.fromEntries(
  Object.entries(read('ambit')).map(([name, times]) => [name, times.stored_ns]));
const peers = ['cedar_go'].filter((name) => existsSync(join(folder, name)));
if (peers.length === 0) {
  console.error('no other engine could be had: nothing was compared');
  process.exit(1);
}
const times = Object.fromEntries(peers.map((name) => [name, read(name)]));
console.log(['median, ns'.padEnd(16), 'ambit'.padStart(8),
  ...peers.map((name) => name.padStart(24))].join(' '));
for (const name of Object.keys(ours).sort()) {
  const cells = peers.map((peer) => {
    const taken = times[peer][name];
    return `${taken} (${(taken / ours[name]).toFixed(1)} times)`.padStart(24);
  });
  console.log([name.padEnd(16), String(Math.round(ours[name])).padStart(8), ...cells].join(' '));
}
console.log('every decision was the same');
