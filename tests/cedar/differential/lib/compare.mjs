// Whether two answers are the same.
import {comments} from './text.mjs';

export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${members.join(',')}}`;
}

export const isRefused = (answer) => answer?.refused !== undefined;

// Whether every comment of `text` stands in `formatted`, as often.
export function keepsComments(text, formatted) {
  const left = comments(formatted);
  return comments(text).every((comment) => {
    const at = left.indexOf(comment);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

// Undefined when both agree, else what differs.
export function difference(ours, theirs) {
  if (isRefused(ours) && isRefused(theirs)) return undefined;
  if (canonical(ours) === canonical(theirs)) return undefined;
  const show = (answer) => (typeof answer === 'string' ? answer : canonical(answer));
  return `ours:   ${show(ours)}\ntheirs: ${show(theirs)}`;
}
