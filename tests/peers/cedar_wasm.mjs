// Decides the requests that cedar_workloads wrote to a folder with cedar-wasm, and prints the median
// time of each workload in nanoseconds. Fails where it decides otherwise than we did.
//   node cedar_wasm.mjs FOLDER
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadWasm, measureWasm } from '../../bench/lib/cedar.mjs';

const folder = process.argv[2];
const cedar = loadWasm();
console.log(JSON.stringify(Object.fromEntries(readdirSync(folder).sort().map((file) => {
  const name = file.replace('.json', '');
  const workload = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  return [name, Math.round(measureWasm(cedar, name, workload) * 1e3)];
}))));
