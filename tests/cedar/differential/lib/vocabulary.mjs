// The words that generated policies, entities and requests share, so that they often meet.

export const entityTypes = ['U', 'G', 'A::B', 'F'];
export const actionTypes = ['Action', 'N::Action'];
export const actionIds = ['x', 'y', 'z'];

// Ids as they stand in JSON.
export const ids = ['a', 'b', 'c', '', 'x y', 'é', '漢字', '😀', '\0', 'q"\\', "it's", 'n\nl', '*'];

export const attributes = [
  'n', 'm', 's', 'b', 'r', 'e', 'st', 'd', 'ip', 'dt', 'du', 'permit', 'principal', 'if', 'in',
  '__cedar', 'a b', '', 'é',
];

const reserved = new Set(
    ['true', 'false', 'if', 'then', 'else', 'in', 'is', 'like', 'has', '__cedar']);

export const isPlain = (name) => /^[_a-zA-Z]\w*$/.test(name) && !reserved.has(name);

// The same character may be written in many ways.
const escapes = {
  '\n': ['\\n', '\\u{a}', '\\x0A', '\n'],
  '\0': ['\\0', '\\u{0}', '\\x00', '\\u{00_00}'],
  '"': ['\\"', '\\u{22}'],
  '\\': ['\\\\', '\\x5c'],
  "'": ["'", "\\'"],
  'é': ['é', '\\u{e9}', '\\u{00E9}'],
  'a': ['a', 'a', 'a', '\\x61', '\\u{61}'],
  '\t': ['\\t', '\t'],
  '\r': ['\\r'],
};

// A string literal of this text, its quotes included.
export function literal(random, text) {
  let out = '';
  for (const char of text) out += escapes[char] ? random.pick(escapes[char]) : char;
  return `"${out}"`;
}

export const texts = ['', 'a', 'abc', 'a*c', 'str', 'éx', 'a\nb', '"', '\\', '// no comment', 'x\ty\0',
                      '漢字漢字', '👍', 'a very long text that alone fills the better part of a line, yes'];

// Of each of these, the first two are well formed.
export const durations = ['1d', '-1d', '2h3m', '5ms', '0s', '1d2h3m4s5ms', '106751991167d',
                          '9223372036854775807ms', '-9223372036854775808ms', '1h1d', '', '-', '1.5s',
                          '0001d', '1d1d'];
export const datetimes = ['1970-01-01', '2024-02-29', '2023-02-29', '2024-01-01T00:00:00Z',
                          '2024-01-01T12:34:56.789+0130', '2024-01-01T12:34:56-2359', '2024-13-01',
                          '1969-12-31T23:59:59.999Z', '0000-01-01', '9999-12-31T23:59:59.999Z',
                          '2024-01-01T24:00:00Z', '2024-01-01T00:00:60Z', '2024-01-01 00:00:00'];
export const addresses = ['1.2.3.4', '10.0.0.0/8', '10.1.2.3', '::1', 'fe80::/10', 'ff02::1',
                          '127.0.0.1', '1.2.3', '::ffff:1.2.3.4', '0.0.0.0/0', '::/0', '1.2.3.4/33',
                          '01.2.3.4', '127.0.0.0/7', '224.0.0.1', '1:2:3:4:5:6:7:8', '1::2::3'];
export const decimals = ['1.0', '-0.5', '0.0', '922337203685477.5807', '-922337203685477.5808',
                         '922337203685477.5808', '1.23456', '1', '1.5', '-0.0', '.5', '00.10'];
export const integers = ['0', '1', '-1', '2', '5', '7', '007', '9223372036854775807',
                         '-9223372036854775808', '9223372036854775806', '4611686018427387904',
                         '3037000500', '-(3)', '--4', '-(-9223372036854775808)'];
