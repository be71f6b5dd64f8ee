// How many bytes a decision takes in the ledger, read from its segments (docs/formats/ledger.md).
//   node bench/lib/bytes.mjs DATA_FOLDER    of a server that is stopped, such as a scenario's
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const header = 128;
const frame = 24;
const enough = 100_000;  // decisions that are looked at
const isDecision = (record) => /"kind":"decision","v":\d}$/.test(record.subarray(-32).toString('latin1'));

export function bytesPerDecision(data) {
  const folder = join(data, 'ledger/segments');
  const sum = { decisions: 0, leaf: 0, beside: 0, others: 0 };
  for (const name of readdirSync(folder).filter((file) => /^\d{12}\.seg$/.test(file)).sort()) {
    const bytes = readFileSync(join(folder, name));
    for (let at = header; at + frame < bytes.length;) {
      const length = bytes.readUInt32LE(at);
      if (length === 0 || sum.decisions >= enough) break;
      const beside = bytes.readUInt32LE(at + 20);
      const record = bytes.subarray(at + frame, at + frame + length);
      if (isDecision(record)) {
        ++sum.decisions;
        sum.leaf += length;
        sum.beside += beside;
      } else {
        sum.others += length + beside;
      }
      at += frame + length + beside;
    }
  }
  if (sum.decisions === 0) throw new Error(`no decisions in ${folder}`);
  return { decisions: sum.decisions, leaf: sum.leaf / sum.decisions, beside: sum.beside / sum.decisions,
    others: sum.others };
}

export function bytesRows(data) {
  const { leaf, beside } = bytesPerDecision(data);
  return [{ name: 'ledger.bytes_per_decision', value: leaf, unit: 'bytes', target: '≤ 600' },
    { name: 'ledger.bytes_per_decision_encrypted', value: beside, unit: 'bytes' }];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(JSON.stringify(bytesPerDecision(process.argv[2]), null, 2));
}
