#!/usr/bin/env node
// The decision API against a real server: AuthZEN Authorization API 1.0 and its OPA-compatible face.
//   node run.mjs [PART OF A NAME]
// AMBIT_BIN names the program (else build/release/src/ambit).
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {runAll} from '../e2e/lib/harness.mjs';

const cases = path.join(path.dirname(fileURLToPath(import.meta.url)), 'cases');
for (const name of fs.readdirSync(cases).sort()) await import(path.join(cases, name));
process.exit(await runAll(process.argv[2] ?? '', 4) ? 0 : 1);
