#!/usr/bin/env node
// The end-to-end tests: real servers, real sockets, real processes.
//   node e2e.mjs [PART OF A NAME]
// AMBIT_BIN names the program (else build/release/src/ambit).
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {runAll} from './lib/harness.mjs';

const cases = path.join(path.dirname(fileURLToPath(import.meta.url)), 'cases');
for (const name of fs.readdirSync(cases).sort()) await import(path.join(cases, name));
process.exit(await runAll(process.argv[2] ?? '', 4) ? 0 : 1);
