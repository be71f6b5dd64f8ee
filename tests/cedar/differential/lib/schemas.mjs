// Makes schemas, and data that mostly agrees with them.
import {actionIds, attributes, ids, isPlain, literal} from './vocabulary.mjs';

// What an attribute of this name mostly is, so that expressions, which go by names, often fit.
const usual = {
  n: 'Long', m: 'Long', s: 'String', b: 'Bool', d: 'decimal', ip: 'ipaddr', dt: 'datetime',
  du: 'duration', permit: 'Long', principal: 'String',
};

const entityTypes = ['U', 'G', 'A::B', 'F'];

export class Schemas {
  constructor(random) {
    this.random = random;
    // Half of them give every type all usual attributes, so that more policies are right.
    this.uniform = random.chance(0.5);
    // How often a part of the data does not agree with the schema.
    this.mistakes = random.chance(0.3) ? 0.004 : 0;
    this.types = Object.fromEntries(entityTypes.map((name) => [name, this.entityType(name)]));
    this.actions = this.makeActions();
  }

  type(name, depth) {
    const {random} = this;
    if (name === 'r') return this.record(depth - 1, 0.5);
    if (name === 'e') return {entity: random.pick(entityTypes)};
    if (name === 'st') return {set: random.pick([{is: 'Long'}, {is: 'String'}, {entity: 'U'}])};
    if (usual[name] && random.chance(0.95)) return {is: usual[name]};
    if (depth > 0 && random.chance(0.2)) return {set: this.type(random.pick(attributes), depth - 1)};
    return random.chance(0.5) ? {is: random.pick(Object.values(usual))} :
                                {entity: random.pick(entityTypes)};
  }

  record(depth, probability) {
    const fields = {};
    for (const name of attributes) {
      if (name === 'r' && depth <= 0) continue;
      const isUsual = usual[name] || ['r', 'e', 'st'].includes(name);
      if (!this.random.chance(!isUsual ? 0.1 : this.uniform ? 1 : probability)) continue;
      fields[name] = {type: this.type(name, depth), required: this.random.chance(this.uniform ? 0.97 : 0.7)};
    }
    return {record: fields};
  }

  entityType(name) {
    const {random} = this;
    if (name === 'F' && random.chance(this.uniform ? 0.15 : 0.4)) return {enum: ids.slice(0, 3)};
    return {
      shape: this.record(2, 0.7).record,
      parents: entityTypes.filter((other) => other !== 'F' && random.chance(0.3)),
      tags: random.chance(0.4) ? this.type(random.pick(['n', 's', 'st', 'r']), 1) : undefined,
    };
  }

  // The ids x, y and z, each in one of the two namespaces.
  makeActions() {
    const {random} = this;
    return actionIds.map((id, i) => {
      const some = () => entityTypes.filter(() => random.chance(0.6));
      return {
        namespace: random.chance(0.3) ? 'N' : '',
        id,
        parents: actionIds.slice(i + 1).filter(() => random.chance(0.4)),
        principals: some(),
        resources: some(),
        context: this.record(2, 0.8),
        applies: random.chance(0.9),
      };
    });
  }

  actionUid(action) {
    return {type: action.namespace ? `${action.namespace}::Action` : 'Action', id: action.id};
  }

  applies(action) {
    return action.applies && action.principals.length > 0 && action.resources.length > 0;
  }

  // --- as text

  typeText(type) {
    const {random} = this;
    if (type.entity) return type.entity;
    if (type.set) return `Set<${this.typeText(type.set)}>`;
    if (type.record) return this.recordText(type.record);
    return random.chance(0.05) ? `__cedar::${type.is}` : type.is;
  }

  recordText(fields) {
    const texts = Object.entries(fields).map(([name, {type, required}]) => {
      const key = isPlain(name) && this.random.chance(0.8) ? name : literal(this.random, name);
      return `${key}${required ? '' : '?'}: ${this.typeText(type)}`;
    });
    return `{${texts.join(', ')}${texts.length > 0 && this.random.chance(0.2) ? ',' : ''}}`;
  }

  list(names) {
    return names.length === 1 && this.random.chance(0.5) ? names[0] : `[${names.join(', ')}]`;
  }

  annotation() {
    if (!this.random.chance(0.1)) return '';
    return this.random.pick(['@doc("some text") ', '@a ', '@a("") @b("x\\n") ']);
  }

  entityText(name) {
    const type = this.types[name];
    const short = name.split('::').pop();
    if (type.enum) {
      return `entity ${short} enum [${type.enum.map((id) => literal(this.random, id)).join(', ')}];`;
    }
    const parents = type.parents.length > 0 ? ` in ${this.list(type.parents)}` : '';
    const empty = Object.keys(type.shape).length === 0 && this.random.chance(0.5);
    const shape = empty ? '' : `${this.random.chance(0.5) ? ' =' : ''} ${this.recordText(type.shape)}`;
    const tags = type.tags ? ` tags ${this.typeText(type.tags)}` : '';
    return `${this.annotation()}entity ${short}${parents}${shape}${tags};`;
  }

  actionText(action) {
    const parents = action.parents.map((id) => {
      const other = this.actions.find((each) => each.id === id);
      const {type} = this.actionUid(other);
      return other.namespace === action.namespace && this.random.chance(0.5) ?
          `"${id}"` : `${type}::"${id}"`;
    });
    const within = parents.length > 0 ? ` in [${parents.join(', ')}]` : '';
    const name = this.random.chance(0.5) ? action.id : `"${action.id}"`;
    const applies = this.applies(action) ?
        ` appliesTo { principal: ${this.list(action.principals)}, resource: ${
            this.list(action.resources)}, context: ${this.typeText(action.context)} }` : '';
    return `${this.annotation()}action ${name}${within}${applies};`;
  }

  text() {
    const {random} = this;
    const actions = (namespace) => this.actions.filter((each) => each.namespace === namespace)
                                       .map((each) => this.actionText(each));
    const top = [this.entityText('U'), this.entityText('G'), this.entityText('F'), ...actions('')];
    if (random.chance(0.3)) top.push(`type T = ${this.typeText(this.type('r', 2))};`);
    const parts = [...top, `namespace A { ${this.entityText('A::B')} }`,
                   `namespace N { ${actions('N').join(' ')} }`];
    return random.shuffled(parts).join('\n');
  }

  // --- data, with a mistake now and then

  value(type) {
    const {random} = this;
    if (random.chance(this.mistakes)) return random.pick([1, 'a', true, {}, [], {__entity: {type: 'U', id: 'a'}}]);
    if (type.record) return this.fields(type.record);
    if (type.set) return random.times(random.below(3), () => this.value(type.set));
    if (type.entity) {
      const uid = this.uid(type.entity);
      return random.chance(0.5) ? uid : {__entity: uid};
    }
    const extension = (fn, list) => {
      const arg = random.pick(list);
      return random.pick([arg, {fn, arg}, {__extn: {fn, arg}}]);
    };
    switch (type.is) {
      case 'Long': return random.below(10) - 3;
      case 'String': return random.pick(['', 'a', 'abc', 'str', 'a*c']);
      case 'Bool': return random.chance(0.5);
      case 'decimal': return extension('decimal', ['1.0', '-2.5', '0.0001']);
      case 'ipaddr': return extension('ip', ['10.0.0.1', '::1', '10.0.0.0/8']);
      case 'datetime': return extension('datetime', ['2024-01-01', '1969-12-31T23:59:59.999Z']);
      default: return extension('duration', ['1d', '-5ms']);
    }
  }

  fields(fields) {
    const out = {};
    for (const [name, {type, required}] of Object.entries(fields)) {
      if (this.random.chance(required ? 1 - this.mistakes : 0.6)) out[name] = this.value(type);
    }
    if (this.random.chance(this.mistakes)) out.unheardOf = 1;
    return out;
  }

  uid(type) {
    const known = this.types[type]?.enum;
    return {type, id: this.random.pick(known && !this.random.chance(2 * this.mistakes) ? known : ids)};
  }

  entities() {
    const {random} = this;
    const uids = entityTypes.flatMap((type) => {
      return ids.slice(0, 4).map((id) => ({type, id})).filter(() => random.chance(0.5));
    });
    return uids.filter(({type}) => !this.types[type].enum).map((uid, i, all) => {
      const type = this.types[uid.type];
      const parents = all.slice(i + 1).filter((other) => {
        return type.parents.includes(other.type) ? random.chance(0.3) : random.chance(this.mistakes);
      });
      const tags = type.tags && random.chance(0.6) ?
          {tags: Object.fromEntries(['a', 's', 'str'].filter(() => random.chance(0.5))
                                        .map((key) => [key, this.value(type.tags)]))} : {};
      return {uid, attrs: this.fields(type.shape), parents, ...tags};
    });
  }

  request() {
    const {random} = this;
    const action = random.pick(this.actions);
    const fitting = (types) => random.pick(types.length > 0 && !random.chance(10 * this.mistakes) ? types : entityTypes);
    return {
      principal: this.uid(fitting(action.principals)),
      action: this.actionUid(action),
      resource: this.uid(fitting(action.resources)),
      context: this.fields(this.applies(action) ? action.context.record : {}),
    };
  }
}
