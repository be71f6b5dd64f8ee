// The Rust implementation, as WebAssembly. A stack overflow leaves it broken, so it is loaded anew
// then, and the question counts as not answered.
import {createRequire} from 'node:module';

const require = createRequire(import.meta.url);
const name = '@cedar-policy/cedar-wasm/nodejs';

export class Reference {
  constructor() {
    this.cedar = require(name);
  }

  // What `ask(cedar)` gives, or undefined after an overflow.
  answer(ask) {
    try {
      return ask(this.cedar);
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError) && !(error instanceof RangeError)) throw error;
      delete require.cache[require.resolve(name)];
      this.cedar = require(name);
      return undefined;
    }
  }
}

export const refused = (result) => ({refused: result.errors.map((e) => e.message).join('; ')});

export function decision(cedar, policies, entities, request) {
  const result = cedar.isAuthorized({...request, policies, entities});
  if (result.type !== 'success') return refused(result);
  const {decision, diagnostics} = result.response;
  return {
    decision,
    reasons: diagnostics.reason.sort(),
    errors: diagnostics.errors.map((error) => error.policyId).sort(),
  };
}

// The JSON of one policy or template.
export function jsonOf(cedar, text, isTemplate) {
  const result = isTemplate ? cedar.templateToJson(text) : cedar.policyToJson(text);
  if (result.type !== 'success') throw new Error(`${text}: ${refused(result).refused}`);
  return result.json;
}

// The set that a text makes, as JSON, without ids: policies and templates in their order.
export function est(cedar, text) {
  const parts = cedar.policySetTextToParts(text);
  if (parts.type !== 'success') return refused(parts);
  return {
    staticPolicies: parts.policies.map((each) => jsonOf(cedar, each, false)),
    templates: parts.policy_templates.map((each) => jsonOf(cedar, each, true)),
  };
}

export function format(cedar, text, options) {
  const result = cedar.formatPolicies({policyText: text, ...options});
  return result.type === 'success' ? result.formatted_policy : refused(result);
}
