// Makes policies and templates as text.
import {Expressions} from './expressions.mjs';
import {entityTypes, literal, texts} from './vocabulary.mjs';

export class Policies {
  // For `options` see Expressions.
  constructor(random, options = {}) {
    this.random = random;
    this.expressions = new Expressions(random, options);
  }

  // What may stand for an entity in the head.
  entity(variable, template) {
    const entity = template && this.random.chance(0.7) ? `?${variable}` : this.expressions.entity();
    return this.random.chance(0.05) ? `(${entity})` : entity;
  }

  scope(variable, template) {
    const entity = () => this.entity(variable, template);
    const type = this.random.pick(entityTypes);
    switch (this.random.below(template ? 6 : 14)) {
      case 0: return `${variable} == ${entity()}`;
      case 1: return `${variable} in ${entity()}`;
      case 2: return `${variable} is ${type}`;
      case 3: return `${variable} is ${type} in ${entity()}`;
      default: return variable;
    }
  }

  actionScope() {
    const {random} = this;
    const action = () => this.expressions.action();
    switch (random.below(10)) {
      case 0: return `action == ${action()}`;
      case 1: return `action in ${action()}`;
      case 2: return `action in [${random.times(random.below(4), action).join(', ')}]`;
      case 3: return `action in [${action()},]`;
      default: return 'action';
    }
  }

  annotations() {
    const {random} = this;
    return ['id', 'a', 'reason', 'if', '__cedar'].filter(() => random.chance(0.08)).map((name) => {
      return random.chance(0.3) ? `@${name}` : `@${name}(${literal(random, random.pick(texts))})`;
    });
  }

  // One policy, or a text that may be a template.
  policy(template = false) {
    const {random} = this;
    const head = [this.scope('principal', template), this.actionScope(),
                  this.scope('resource', template)];
    const conditions = random.times(random.below(3), () => {
      return `${random.pick(['when', 'when', 'unless'])} { ${
          this.expressions.condition(1 + random.below(4))} }`;
    });
    const comma = random.chance(0.03) ? ',' : '';
    return [...this.annotations(),
            `${random.pick(['permit', 'permit', 'forbid'])}(${head.join(', ')}${comma})`,
            ...conditions].join(' ') + ';';
  }

  // One that is certainly a template.
  template() {
    for (;;) {
      const text = this.policy(true);
      if (/\?(principal|resource)/.test(text.replace(/"(\\.|[^"\\])*"/gs, '""'))) return text;
    }
  }
}
