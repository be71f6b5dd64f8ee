// For the tests: the first finding of verify-export.mjs for each line `PATH KEY` of a list, or with
// `--flip STEP FILE` whether it refuses the file after one bit of every STEP-th byte was flipped.
import {existsSync, readFileSync} from 'node:fs';
import {verifyExport} from './verify-export.mjs';

const [first, step, file] = process.argv.slice(2);
if (first === '--flip') {
  const bytes = readFileSync(file);
  if (verifyExport(bytes).findings.length > 0) process.exit(3);
  for (let i = 0; i < bytes.length; i += Number(step)) {
    const bit = 1 << (i % 7);
    bytes[i] ^= bit;
    if (verifyExport(bytes).findings.length === 0) {
      console.error(`byte ${i} can be changed`);
      process.exit(1);
    }
    bytes[i] ^= bit;
  }
} else {
  for (const line of readFileSync(first, 'utf8').trim().split('\n')) {
    const [path, key] = line.split(' ');
    const since = existsSync(`${path}.since`) ? readFileSync(`${path}.since`) : undefined;
    const {findings} = verifyExport(readFileSync(`${path}.tar`), {key: key === '-' ? undefined : key, since});
    console.log(JSON.stringify(findings[0] ?? {}));
  }
}
