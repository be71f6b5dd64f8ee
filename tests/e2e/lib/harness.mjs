// A small test runner: `ok NAME`, `not ok NAME` or `skip NAME` for each test, then the totals.
import {AsyncLocalStorage} from 'node:async_hooks';

const tests = [];
const cleanups = new AsyncLocalStorage();
const closers = [];

class Skipped extends Error {}

// Registers a test. `alone`: not beside others, because it needs the machine's time or its limits.
export const test = (name, run, {alone = false} = {}) => tests.push({name, run, alone});

export const skip = (why) => { throw new Skipped(why); };

// Something to be called when the running test is through, whatever came of it; newest first.
export const atEnd = (cleanup) => cleanups.getStore()?.unshift(cleanup);

// Something to be called when the tests that run beside each other are through, and again at the
// end: what they left must not be in the way of those that run alone.
export const afterAll = (close) => closers.push(close);

export function check(holds, what, seen) {
  if (holds) return;
  const shown = seen === undefined ? ''
    : `; seen: ${typeof seen === 'string' ? seen : JSON.stringify(seen, null, 1)}`;
  throw new Error(`${what}${shown.slice(0, 3000)}`);
}

export const same = (seen, expected, what) =>
  check(JSON.stringify(seen) === JSON.stringify(expected),
    `${what}: expected ${JSON.stringify(expected)}`, seen);

export async function until(what, condition, limitMs = 20_000) {
  for (const deadline = Date.now() + limitMs; ;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`waited ${limitMs} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function limited(run, limitMs) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end within ${limitMs / 1000} s`)), limitMs);
  });
  const mine = [];
  return Promise.race([cleanups.run(mine, run), late]).finally(async () => {
    clearTimeout(timer);
    for (const cleanup of mine) await cleanup();
  });
}

async function runOne({name, run}, totals) {
  const began = Date.now();
  try {
    await limited(run, 180_000);
    ++totals.passed;
    console.log(`ok ${name} (${Date.now() - began} ms)`);
  } catch (error) {
    if (error instanceof Skipped) {
      ++totals.skipped;
      console.log(`skip ${name}: ${error.message}`);
      return;
    }
    ++totals.failed;
    console.log(`not ok ${name}\n${(error.stack ?? String(error)).replace(/^/gm, '    ')}`);
  }
}

// Runs what `filter` names, `width` at a time; true when nothing failed.
export async function runAll(filter, width) {
  const totals = {passed: 0, failed: 0, skipped: 0};
  const chosen = tests.filter(({name}) => name.includes(filter));
  const beside = chosen.filter(({alone}) => !alone);
  const worker = async () => {
    while (beside.length > 0) await runOne(beside.shift(), totals);
  };
  await Promise.all(Array.from({length: width}, worker));
  for (const close of closers) await close();
  for (const one of chosen.filter(({alone}) => alone)) await runOne(one, totals);
  for (const close of closers) await close();
  const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
  console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}`);
  return totals.failed === 0 && totals.passed > 0;
}
