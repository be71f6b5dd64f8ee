#!/usr/bin/env node
// Generates cases and compares what our program says of them with what the Rust implementation
// says, both live:
//
//   node differential.mjs [--seed N] [--cases N] [--from N] [--kind NAME] [--oracle PATH]
//   node differential.mjs --corpus DIR
//
// The first form prints its seed; `--seed S --from K --cases 1` makes case K of it again. The second
// compares JSON and layout of every `*.cedar` file in DIR. Ends with `N passed, N failed`; exit
// status 0 when none failed.
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {Oracle} from './lib/oracle.mjs';
import {Random} from './lib/random.mjs';
import {Reference} from './lib/reference.mjs';
import * as schemas from './kinds/schemas.mjs';
import * as sets from './kinds/sets.mjs';
import * as texts from './kinds/texts.mjs';

const kinds = [texts, sets, schemas];
const here = path.dirname(fileURLToPath(import.meta.url));
const {values: options} = parseArgs({
  options: {
    seed: {type: 'string', default: String(Date.now() % 1000000007)},
    cases: {type: 'string', default: '3000'},
    from: {type: 'string', default: '0'},
    kind: {type: 'string'},
    corpus: {type: 'string'},
    oracle: {
      type: 'string',
      default: path.join(here, '../../../build/release/tests/cedar/cedar-oracle'),
    },
  },
});

function kindOf(random) {
  const among = kinds.filter((kind) => !options.kind || kind.name === options.kind);
  let left = random.next() * among.reduce((sum, kind) => sum + kind.weight, 0);
  return among.find((kind) => (left -= kind.weight) < 0) ?? among[0];
}

// Each gives {name, kind, make}, where `make(cedar)` is the question.
function* generated() {
  const seed = Number(options.seed);
  const from = Number(options.from);
  console.log(`seed ${seed}`);
  for (let i = from; i < from + Number(options.cases); ++i) {
    const random = Random.forCase(seed, i);
    const kind = kindOf(random);
    yield {name: `case ${i} of seed ${seed} (${kind.name})`, kind, make: (cedar) => kind.make(random, cedar)};
  }
}

function* corpus() {
  const uid = (type) => ({type, id: ''});
  const request = {principal: uid('U'), action: uid('Action'), resource: uid('R'), context: {}};
  for (const file of fs.readdirSync(options.corpus).filter((name) => name.endsWith('.cedar')).sort()) {
    const policies = {staticPolicies: fs.readFileSync(path.join(options.corpus, file), 'utf8')};
    const what = ['decision', 'est', 'format'];
    yield {name: file, kind: texts, make: () => ({what, policies, entities: [], request})};
  }
}

const count = {passed: 0, failed: 0, unanswered: 0};

function report(test, question, differences) {
  const found = Object.entries(differences).filter(([, what]) => what !== undefined);
  if (found.length === 0) {
    ++count.passed;
    return;
  }
  if (++count.failed > 20) return;
  console.log(`FAILED ${test.name}`);
  for (const [what, difference] of found) console.log(`${what}\n${difference}`);
  console.log(JSON.stringify(question));
}

async function run(tests) {
  const oracle = new Oracle(options.oracle);
  const reference = new Reference();
  let batch = [];
  const settle = async () => {
    for (const {test, question, theirs, ours} of batch) {
      const answer = await ours;
      report(test, question, reference.answer(
          (cedar) => test.kind.compare(cedar, question, answer, theirs)) ?? {compare: 'overflow'});
    }
    batch = [];
  };
  for (const test of tests) {
    const asked = reference.answer((cedar) => {
      const question = test.make(cedar);
      return {question, theirs: test.kind.expected(cedar, question)};
    });
    if (asked === undefined) {
      ++count.unanswered;
      continue;
    }
    batch.push({test, ...asked, ours: oracle.ask(asked.question)});
    if (batch.length >= 64) await settle();
  }
  await settle();
  oracle.close();
}

await run(options.corpus ? corpus() : generated());
if (count.unanswered > 0) console.log(`${count.unanswered} cases too deep for the other implementation`);
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exitCode = count.failed === 0 && count.passed > 0 ? 0 : 1;
