// Makes entities, contexts and requests as JSON. Integers stay within 2^53: JavaScript has no more.
import {actionIds, actionTypes, attributes, entityTypes, ids} from './vocabulary.mjs';

const extension = (fn, arg) => ({__extn: {fn, arg}});

export class Data {
  constructor(random) {
    this.random = random;
  }

  uid() {
    return {type: this.random.pick(entityTypes), id: this.random.pick(ids)};
  }

  // A value of the type that the attribute `name` mostly has.
  usual(name) {
    const {random} = this;
    switch (name) {
      case 'b': return random.chance(0.5);
      case 'n': return random.below(10) - 3;
      case 'm': return random.pick([1, 9007199254740991, -9007199254740991]);
      case 's': return random.pick(['', 'a', 'abc', 'a*c', 'str', 'a\nb', '漢字']);
      case 'r': return {n: random.below(3), s: 'x', r: {n: 1, b: true}};
      case 'e': return {__entity: this.uid()};
      case 'st': return random.pick([[], [1, 2], ['a', 1], [{__entity: this.uid()}], [[1], {n: 1}]]);
      case 'd': return extension('decimal', random.pick(['1.0', '-2.5', '0.0001']));
      case 'ip': return extension('ip', random.pick(['10.0.0.1', '::1', '10.0.0.0/8', '224.0.0.1']));
      case 'dt': return extension('datetime', random.pick(['2024-01-01', '1969-12-31T23:59:59.999Z']));
      case 'du': return extension('duration', random.pick(['1d', '-5ms', '1h30m']));
      default: return undefined;
    }
  }

  value(depth) {
    const {random} = this;
    if (depth > 0 && random.chance(0.15)) return random.times(random.below(3), () => this.value(depth - 1));
    if (depth > 0 && random.chance(0.15)) return this.record(0.2, depth - 1);
    return this.usual(random.pick(['b', 'n', 's', 'e', 'd', 'ip', 'dt', 'du']));
  }

  record(probability, depth = 2) {
    const out = {};
    for (const name of attributes) {
      if (!this.random.chance(probability)) continue;
      out[name] = (this.random.chance(0.9) ? this.usual(name) : undefined) ?? this.value(depth);
    }
    return out;
  }

  // Some of all entities; parents come later in the list, so there are no cycles.
  entities() {
    const {random} = this;
    const uids = entityTypes.flatMap((type) => ids.slice(0, 7).map((id) => ({type, id})))
                     .filter(() => random.chance(0.4));
    const out = uids.map((uid, i) => {
      const parents = uids.slice(i + 1).filter(() => random.chance(0.12));
      if (random.chance(0.1)) parents.push({type: 'Z', id: 'elsewhere'});
      const tags = random.chance(0.4) ? {tags: this.record(0.3)} : {};
      return {uid, attrs: this.record(0.5), parents, ...tags};
    });
    for (const type of actionTypes) {
      for (const id of actionIds.slice(0, 2)) {
        out.push({uid: {type, id}, attrs: {}, parents: id === 'x' ? [{type, id: 'z'}] : []});
      }
    }
    return out;
  }

  request() {
    return {
      principal: this.uid(),
      action: {type: this.random.pick(actionTypes), id: this.random.pick(actionIds)},
      resource: this.uid(),
      context: this.record(0.7),
    };
  }
}
