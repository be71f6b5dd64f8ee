// Changes policy texts token by token: other white space, comments, and mistakes.

const token = /"(?:\\.|[^"\\])*"|\?[_a-zA-Z]\w*|[_a-zA-Z]\w*|[0-9]+|::|==|!=|<=|>=|\|\||&&|[^\s]/gsu;
const comment = /\/\/[^\n\r]*/;

// The tokens of a text without comments.
export const tokens = (text) => text.match(token) ?? [];

// The comments of a text, trimmed.
export function comments(text) {
  const out = [];
  for (const match of text.matchAll(/"(?:\\.|[^"\\])*"|\/\/[^\n\r]*/gs)) {
    if (comment.test(match[0]) && match[0].startsWith('//')) out.push(match[0].trim());
  }
  return out;
}

const remarks = ['//', '// why', '//  padded  ', '// "quoted', '// ; } ) permit', '// é 漢字 😀',
                 '//\ttab', '// https://example.com/a//b', '/////', '// @id("x") \\',
                 '// a comment that is long enough to reach beyond the width of a line all by itself'];
const spaces = [' ', ' ', ' ', '  ', '\n', '\n', '\n\n', '\t', '\r\n', '\n    ', ' \n \n ', '\u00a0', '\f'];

function gap(random, remarkChance) {
  let out = random.pick(spaces);
  for (let i = 0; i < 2 && random.chance(remarkChance); ++i) {
    out += (random.chance(0.3) ? '\n' : '') + random.pick(remarks) + random.pick(['\n', '\n', '\r\n', '\n\n']);
    if (random.chance(0.3)) out += '  ';
  }
  return out;
}

// The same tokens with other white space between them, and comments.
export function respaced(random, text) {
  const remarkChance = random.pick([0, 0, 0.02, 0.1, 0.4]);
  let out = random.chance(0.5) ? gap(random, remarkChance) : '';
  let last = '';
  for (const next of tokens(text)) {
    const word = /\w$/.test(last) && /^\w/.test(next);
    if (last !== '' && (word || random.chance(0.6))) out += gap(random, remarkChance);
    out += next;
    last = next;
  }
  return out + gap(random, remarkChance);
}

const strays = ['', ';', 'if', '(', ')', '::', '"', '"a"', '.', 'has', '==', '=', '*', '!', '-', '@',
                '[', ']', '{', '}', 'in', 'is', 'like', ',', '<', '&', '&&', '||', '?principal', '?x',
                'permit', 'when', 'principal', '9223372036854775808', '99999999999999999999', '1', '/',
                '%', '+', '"\\q"', '"\\u{110000}"', '"\\*"', '\u2028', '#', 'é', 'true', '__cedar',
                'Action::"x"', 'ip', '.isIpv4()', '.contains()', 'else', "'", '//', '\r', '\0'];

// The text with one or two mistakes, which may still parse.
export function broken(random, text) {
  const list = tokens(text);
  for (let i = 1 + random.below(2); i > 0; --i) {
    const at = random.below(list.length);
    switch (random.below(6)) {
      case 0: list.splice(at, 1); break;
      case 1: list.splice(at, 0, random.pick(strays)); break;
      case 2: list.splice(at, 1, random.pick(strays)); break;
      case 3: list.splice(at, 0, list[random.below(list.length)]); break;
      case 4: list.splice(at, 1, list[random.below(list.length)]); break;
      default: list.splice(at, 0, ...list.slice(at, at + 1 + random.below(4)));
    }
  }
  const out = list.join(' ');
  return random.chance(0.1) ? [...out].slice(0, random.below(out.length)).join('') : out;
}
