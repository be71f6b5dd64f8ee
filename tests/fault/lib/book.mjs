// What the server has acknowledged, to be held against what it knows after a crash.
export class Book {
  decisions = [];        // answers to evaluations: {id, verdict, index, word}
  tasks = new Map();     // acknowledged starts: id -> {id, calls, parent}
  grants = new Map();    // acknowledged grants: approval -> {task, word, uses}; `uses`: allowed answers
  outcomes = [];         // acknowledged reports: ids of decisions
  labelled = new Map();  // tasks that hold what bears the label `secret`, as somebody was told: id -> why
  ended = new Map();     // acknowledged ends: task -> {token}
  identities = new Map();  // acknowledged states: id -> state
  live = new Map();      // access tokens that were issued: token -> whose
  dead = new Set();      // access tokens whose revocation was acknowledged
  policies = {version: 0};
  answered = new Set();  // words of calls through the gateway whose result the agent has

  answers = 0;           // how many decisions were answered in all
  #reached = [];

  // Resolves when `count` more decisions were answered.
  afterAnswers(count) {
    if (count === 0) return Promise.resolve();
    return new Promise((resolve) => this.#reached.push({at: this.answers + count, resolve}));
  }

  decided(task, word, answer) {
    ++this.answers;
    for (const {at, resolve} of this.#reached) if (this.answers >= at) resolve();
    this.#reached = this.#reached.filter(({at}) => this.answers < at);
    this.decisions.push({task, word, id: answer.id, verdict: answer.verdict, index: answer.ledger_index,
      approval: answer.approval?.id, reasons: (answer.reasons ?? []).map(({code}) => code)});
    return answer;
  }
}
