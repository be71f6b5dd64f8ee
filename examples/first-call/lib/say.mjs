// What the scenario prints, and how it insists that a step came out as stated.
const plain = 'NO_COLOR' in process.env || (!process.stdout.isTTY && !process.env.FORCE_COLOR);
const paint = (code) => (text) => (plain ? text : `\x1b[${code}m${text}\x1b[0m`);
const bold = paint('1');
const dim = paint('2');
const colours = {ALLOWED: paint('32'), DENIED: paint('31'), REFUSED: paint('31'),
  HELD: paint('33'), GRANTED: paint('32'), PROVED: paint('32'), FROZEN: paint('31')};

const kWidth = 130;
let current = 'set-up';
let prefix = '';

// Leaves this folder out of what is printed.
export function shorten(folder) {
  prefix = folder;
}

const oneLine = (text) => {
  const line = String(text).replace(/\s+/g, ' ').replaceAll(prefix, '').trim();
  return line.length > kWidth ? line.slice(0, kWidth - 1) + '…' : line;
};

export class Unexpected extends Error {}

export const stepName = () => current;

export function step(number, title) {
  current = `step ${number}`;
  console.log(`\n${bold(`${String(number).padStart(2)}  ${title}`)}`);
}

export const note = (text) => console.log(`    ${dim(oneLine(text))}`);

export const tried = (text) => console.log(`    ${oneLine(text)}`);

// What Ambit answered, and in further lines why.
export function said(verdict, ...texts) {
  const [first, ...others] = texts.map(oneLine);
  console.log(`      ${(colours[verdict] ?? bold)(verdict)}  ${first}`);
  for (const text of others) console.log(`      ${' '.repeat(verdict.length)}  ${text}`);
}

export const lines = (text) => {
  for (const line of text.split('\n')) console.log(`      ${dim('|')} ${line}`);
};

// Throws, naming what was expected and what was seen instead.
export function expect(holds, what, seen) {
  if (holds) return;
  const shown = seen === undefined ? '' : `\n  seen: ${typeof seen === 'string' ? seen
    : JSON.stringify(seen, null, 1)}`;
  throw new Unexpected(`expected: ${what}${shown.slice(0, 4000)}`);
}

export async function until(what, condition, limitMs = 10_000) {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) throw new Unexpected(`waited ${limitMs} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
