// Prints the medians that the engines wrote into a folder, beside one another, and says in which rows
// we are not faster. Exit status 1 when nothing was compared.
//   node table.mjs FOLDER
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
const read = (name) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const ours = read('ambit');

// cedar-wasm reads its entities from JSON with each request, so ours does too beside it.
const peers = [
  { name: 'cedar_rust', way: 'stored_ns' },
  { name: 'cedar_go', way: 'stored_ns' },
  { name: 'cedar_wasm', way: 'from_json_ns' },
].filter(({ name }) => existsSync(join(folder, name)));
if (peers.length === 0) {
  console.error('no other engine could be had: nothing was compared');
  process.exit(1);
}

console.log(['workload', 'ambit, ns', 'peer, ns', 'times as long', 'peer']
  .map((text, i) => (i % 4 === 0 ? text.padEnd(16) : text.padStart(14))).join(' '));
const slower = [];
for (const { name: peer, way } of peers) {
  const theirs = read(peer);
  for (const name of Object.keys(ours)) {
    const times = theirs[name] / ours[name][way];
    if (!(times > 1)) slower.push(`${name} (${peer})`);
    console.log([name.padEnd(16), String(Math.round(ours[name][way])).padStart(14),
      String(theirs[name]).padStart(14), times.toFixed(1).padStart(14), peer].join(' '));
  }
}
console.log('every decision was the same');
console.log(slower.length === 0 ? 'faster in every row' : `not faster in: ${slower.join(', ')}`);
