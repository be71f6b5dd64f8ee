// Makes expressions that mostly have the type that is asked for, and sometimes do not.
import {actionIds, actionTypes, addresses, attributes, datetimes, decimals, durations, entityTypes,
        ids, integers, isPlain, literal, texts} from './vocabulary.mjs';

const types = ['bool', 'long', 'str', 'ent', 'set', 'rec', 'dec', 'ip', 'dt', 'du'];
const attributeOf = {
  bool: 'b', long: 'n', str: 's', ent: 'e', set: 'st', rec: 'r', dec: 'd', ip: 'ip', dt: 'dt',
  du: 'du',
};

export class Expressions {
  // `noise` is how often an expression is not of the type it should be. `careful` leaves out what a
  // strict validator always refuses. `actions` are the actions to name.
  constructor(random, {noise = 0.04, careful = false, actions} = {}) {
    this.random = random;
    this.noise = noise;
    this.careful = careful;
    this.actions = actions;
  }

  entity() {
    return `${this.random.pick(entityTypes)}::${literal(this.random, this.random.pick(ids))}`;
  }

  action() {
    if (this.actions) return this.random.pick(this.actions);
    return `${this.random.pick(actionTypes)}::"${this.random.pick(actionIds)}"`;
  }

  // The condition of a policy.
  condition(depth) {
    if (this.random.chance(0.02)) return this.deep();
    if (this.random.chance(0.05)) return this.row(depth);
    return this.of(this.random.chance(2 * this.noise) ? this.random.pick(types) : 'bool', depth);
  }

  // Nested far deeper than it is wide.
  deep() {
    const {random} = this;
    let out = this.leaf('bool');
    for (let i = random.below(25); i > 0; --i) {
      out = random.pick([
        () => `!(${out})`, () => `(${out})`, () => `(${out} && true)`, () => `(false || ${out})`,
        () => `(if ${out} then true else false)`, () => `[${out}].contains(true)`,
        () => `{a: ${out}}.a`, () => `(${out} == true)`,
      ])();
    }
    return out;
  }

  // Many terms of one operator.
  row(depth) {
    const op = this.random.pick([' && ', ' || ']);
    return this.random.times(2 + this.random.below(12), () => this.operand('bool', depth - 2)).join(op);
  }

  of(type, depth) {
    const {random} = this;
    if (random.chance(this.noise)) type = random.pick(types);
    if (depth <= 0) return this.leaf(type);
    if (random.chance(0.07)) {
      return `(if ${this.of('bool', depth - 1)} then ${this.of(type, depth - 1)} else ${
          this.of(type, depth - 1)})`;
    }
    if (random.chance(0.12)) return this.access(type, depth);
    const make = this[`make_${type}`];
    return make ? make.call(this, depth - 1) : this.leaf(type);
  }

  // The same, fit to stand beside any operator.
  operand(type, depth) {
    const text = this.of(type, depth);
    const closed = /^[\w.:"]*$/.test(text) && !/^(if|-)/.test(text);
    return closed && this.random.chance(0.8) ? text : `(${text})`;
  }

  make_bool(d) {
    const {random} = this;
    const two = (type, op) => `${this.operand(type, d)} ${op} ${this.operand(type, d)}`;
    const ordered = () => random.pick(['long', 'long', 'dt', 'du']);
    const owner = () => this.operand(random.pick(['ent', 'rec']), d);
    return random.pick([
      () => two('bool', '&&'), () => two('bool', '||'), () => `!${this.operand('bool', d)}`,
      () => two(random.pick(types), random.pick(['==', '!='])),
      () => two(ordered(), random.pick(['<', '<=', '>', '>='])),
      () => `${this.operand('ent', d)} in ${this.operand(random.chance(0.6) ? 'ent' : 'eset', d)}`,
      () => `${owner()} has ${this.attributeTest()}`,
      () => `${owner()} has ${random.pick(['r.n', 'r.r', 'e.n', 'e.e.r.n', 'r.s', 'n.m', 'permit.r'])}`,
      () => `${this.operand('str', d)} like ${this.pattern()}`,
      () => `${this.operand('ent', d)} is ${random.pick([...entityTypes, 'Action', 'C::D::E'])}`,
      () => `${this.operand('ent', d)} is ${random.pick(entityTypes)} in ${
          this.operand(random.chance(0.7) ? 'ent' : 'eset', d)}`,
      () => `${this.operand('set', d)}.contains(${this.of(random.pick(types), d)})`,
      () => `${this.operand('set', d)}.${random.pick(['containsAll', 'containsAny'])}(${
          this.of('set', d)})`,
      () => `${this.operand('set', d)}.isEmpty()`,
      () => `${this.operand('ent', d)}.hasTag(${this.of('str', d)})`,
      () => `${this.operand('dec', d)}.${
          random.pick(['lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual'])}(${
          this.of('dec', d)})`,
      () => `${this.operand('ip', d)}.${
          random.pick(['isIpv4', 'isIpv6', 'isLoopback', 'isMulticast'])}()`,
      () => `${this.operand('ip', d)}.isInRange(${this.of('ip', d)})`,
      () => this.leaf('bool'),
    ])();
  }

  make_long(d) {
    const {random} = this;
    return random.pick([
      () => `(${this.operand('long', d)} ${random.pick(['+', '-', '*'])} ${this.operand('long', d)})`,
      () => random.times(2 + random.below(5), () => this.operand('long', d - 1)).join(
          random.pick([' + ', ' - ', ' * '])),
      () => `(-${this.operand('long', d)})`,
      () => `${this.operand('du', d)}.${
          random.pick(['toMilliseconds', 'toSeconds', 'toMinutes', 'toHours', 'toDays'])}()`,
      () => `${this.operand('ent', d)}.getTag(${this.of('str', d)})`,
      () => this.leaf('long'),
    ])();
  }

  list(types, d) {
    if (this.careful) types = [this.random.pick(types)];
    const items = this.random.times(this.random.below(4) + (this.careful ? 1 : 0), () => this.of(this.random.pick(types), d));
    const comma = items.length > 0 && this.random.chance(0.1) ? ',' : '';
    return `[${items.join(', ')}${comma}]`;
  }

  make_eset(d) {
    return this.list(['ent'], d);
  }

  make_set(d) {
    return this.list(['long', 'str', 'ent', 'set', 'rec', 'ip'], d);
  }

  make_rec(d) {
    const {random} = this;
    const fields = attributes.filter(() => random.chance(0.2)).map((name) => {
      const key = isPlain(name) && random.chance(0.7) ? name : literal(random, name);
      return `${key}: ${this.of(random.pick(['long', 'str', 'rec', 'bool']), d)}`;
    });
    const comma = fields.length > 0 && random.chance(0.1) ? ',' : '';
    return `{${fields.join(', ')}${comma}}`;
  }

  make_dt(d) {
    const {random} = this;
    return random.pick([
      () => `${this.operand('dt', d)}.offset(${this.of('du', d)})`,
      () => `${this.operand('dt', d)}.toDate()`,
      () => this.leaf('dt'),
    ])();
  }

  make_du(d) {
    const {random} = this;
    return random.pick([
      () => `${this.operand('dt', d)}.durationSince(${this.of('dt', d)})`,
      () => `${this.operand('dt', d)}.toTime()`,
      () => this.leaf('du'),
    ])();
  }

  make_ip(d) {
    return !this.careful && this.random.chance(0.1) ? `ip(${this.of('str', d)})` : this.leaf('ip');
  }

  make_dec(d) {
    return !this.careful && this.random.chance(0.1) ? `decimal(${this.of('str', d)})` : this.leaf('dec');
  }

  attributeTest() {
    const name = this.random.pick(attributes);
    return isPlain(name) && this.random.chance(0.8) ? name : literal(this.random, name);
  }

  access(type, depth) {
    const {random} = this;
    const name = random.chance(0.9) ? attributeOf[type] ?? 'n' : random.pick(attributes);
    const owner = this.operand(random.pick(['ent', 'rec', 'rec']), depth - 1);
    return isPlain(name) && random.chance(0.9) ? `${owner}.${name}` :
                                                 `${owner}[${literal(random, name)}]`;
  }

  // No Han here: with an escape beside it, the Rust validator takes the escape's letter for Latin and
  // warns of mixed scripts.
  pattern() {
    const {random} = this;
    const pieces = random.times(1 + random.below(3), () => {
      const text = random.pick(['', 'a', 'b', 'c', 'é', 'str', '\n', '€']);
      return literal(random, text).slice(1, -1) + (random.chance(0.2) ? '\\*' : '');
    });
    return `"${pieces.join('*')}"`;
  }

  // The first of each list are well formed.
  call(name, list) {
    if (this.careful) list = list.slice(0, 2);
    return `${name}("${this.random.pick(list)}")`;
  }

  leaf(type) {
    const {random} = this;
    switch (type) {
      case 'bool': return random.pick(['true', 'false', 'context.b', 'principal.b']);
      case 'long':
        return random.pick([...integers, 'context.n', 'principal.n', 'resource.n', 'context.m']);
      case 'str':
        return random.chance(0.7) ? literal(random, random.pick(texts)) :
                                    random.pick(['context.s', 'principal.s']);
      case 'ent':
        return random.pick(['principal', 'resource', 'action', 'context.e', 'principal.e',
                            this.entity(), this.entity(), this.action()]);
      case 'set':
      case 'eset':
        if (this.careful) return type === 'set' ? '[1, 2, 1]' : '[principal]';
        return random.pick(type === 'eset' ?
            ['[]', 'context.st', '[principal]', `[${this.entity()}]`] :
            ['[]', 'context.st', '[1, 2, 1]', '[principal]', '["a", 1]']);
      case 'rec': return random.pick(['{}', 'context', 'context.r', 'principal.r', '{n: 1, r: {n: 2}}']);
      case 'dec': return random.chance(0.7) ? this.call('decimal', decimals) : 'context.d';
      case 'ip': return random.chance(0.7) ? this.call('ip', addresses) : 'context.ip';
      case 'dt': return random.chance(0.7) ? this.call('datetime', datetimes) : 'context.dt';
      default: return random.chance(0.7) ? this.call('duration', durations) : 'context.du';
    }
  }
}
