// What must hold after a crash: the book against the server that was started again.
export class Wrong extends Error {}

function must(holds, what, seen) {
  if (!holds) throw new Wrong(`${what}${seen === undefined ? '' : `; seen: ${JSON.stringify(seen)}`}`);
}

const codes = (record) => record.decision.reasons.map(({code}) => code);

export class Checks {
  counts = {decisions: 0, budgets: 0, spent: 0, grants: 0, released: 0, labels: 0, outcomes: 0, ends: 0,
    acts: 0, executed: 0, withdrawn: 0, withdrawals_lost: 0};
  #from = 0;               // entries of the ledger that were read already
  #records = new Map();    // decision -> its record
  #allows = new Map();     // task -> calls that were let go, its descendants' too
  #others = new Map();     // task -> {deny, hold} on record
  #uses = new Map();       // approval -> allowing decisions that used it
  #byWord = new Map();     // word -> allowing decisions
  #withdrawn = new Set();  // decisions that were withdrawn
  #states = new Map();     // task -> its state, while the ledger is read
  #executedLines = 0;
  #executedWords = new Set();
  #tasksOfLedger = new Map();  // task -> chain

  constructor({scene, book, random}) {
    Object.assign(this, {scene, book, random});
  }

  async all(load) {
    await this.readLedger();
    this.acknowledgedDecisions();
    await this.sessions(load);
    await this.grants();
    await this.labels();
    await this.outcomes();
    await this.ends();
    await this.acts();
    this.executions();
    await this.used(load);
  }

  // Folds the decisions that are new on record, and looks at each denial for budget where it stands.
  async readLedger() {
    this.#states.clear();
    const records = await this.scene.decisionsFrom(this.#from);
    for (const record of records) {
      this.#records.set(record.id, record);
      this.#from = Math.max(this.#from, record.ledger_index + 1);
      this.#tasksOfLedger.set(record.task, record.chain);
      const {verdict, approval} = record.decision;
      if (verdict === 'allow') await this.#letGo(record, approval);
      else {
        const seen = this.#others.get(record.task) ?? {deny: 0, hold: 0};
        ++seen[verdict];
        this.#others.set(record.task, seen);
      }
      if (codes(record).includes('limit.budget')) this.#deniedForBudget(record);
    }
  }

  async #letGo(record, approval) {
    if (await this.#isWithdrawn(record)) {
      this.#withdrawn.add(record.id);
      ++this.counts.withdrawn;
    } else {
      for (const task of record.chain) this.#allows.set(task, (this.#allows.get(task) ?? 0) + 1);
    }
    if (approval) this.#uses.set(approval, [...(this.#uses.get(approval) ?? []), record.id]);
    this.#byWord.set(record.intent, [...(this.#byWord.get(record.intent) ?? []), record.id]);
  }

  // Only what belongs to a task that ended can have been, or one whose end was lost in the crash.
  async #isWithdrawn(record) {
    const withdrawn = async () => (await this.scene.decision(record.id)).withdrawn !== undefined;
    if (this.book.tasks.get(record.task)?.ending) return withdrawn();
    if (!this.#states.has(record.task)) {
      const {state} = await this.scene.must('carol', 'GET', `/v1/tasks/${record.task}`);
      this.#states.set(record.task, state);
    }
    if (this.#states.get(record.task) === 'open') return false;
    return withdrawn();
  }

  #deniedForBudget(record) {
    const usedUp = record.chain.some((task) => {
      const calls = this.book.tasks.get(task)?.calls;
      return calls !== undefined && (this.#allows.get(task) ?? 0) >= calls;
    });
    const unknown = record.chain.some((task) => !this.book.tasks.has(task));
    must(usedUp || unknown, `decision ${record.id} was denied for a budget that is not used up`, record);
  }

  acknowledgedDecisions() {
    for (const {id, verdict, index, reasons} of this.book.decisions.splice(0)) {
      const record = this.#records.get(id);
      must(record, `decision ${id} was answered and is not on record`);
      must(index === record.ledger_index, `the entry of decision ${id} is ${index}`, record.ledger_index);
      let taken = this.#withdrawn.has(id) ? 'deny' : record.decision.verdict;
      if (taken === 'allow' && reasons[0]?.startsWith('task.')) {
        // Refused after it was recorded, because its task was being ended: the answer may be faster than the
        // record that says so.
        taken = 'deny';
        ++this.counts.withdrawals_lost;
      }
      must(taken === verdict, `decision ${id} was answered \`${verdict}\``, record);
      ++this.counts.decisions;
    }
  }

  // The counters of every task that was used since it was looked at, or without a load of all.
  async sessions(load) {
    for (const [id, {calls, seen}] of this.book.tasks) {
      if (seen && load) continue;
      const {status, body} = await this.scene.rest('carol', 'GET', `/v1/tasks/${id}`);
      must(status === 200, `task ${id} was acknowledged and is gone`, body);
      const {released, in_flight: inFlight, denied, held} = body.session_state;
      const allows = this.#allows.get(id) ?? 0;
      must(released === allows, `task ${id} has ${allows} released calls on record`, body.session_state);
      must(released <= calls, `task ${id} may release ${calls}`, released);
      must(inFlight === 0, `nothing of task ${id} is in flight`, inFlight);
      // Its descendants' denials count in a task, too.
      const own = {deny: 0, hold: 0};
      for (const [task, others] of this.#others) {
        if (!this.#tasksOfLedger.get(task).includes(id)) continue;
        own.deny += others.deny;
        own.hold += others.hold;
      }
      if (body.state === 'open') {
        must(denied === own.deny && held === own.hold, `task ${id} has ${own.deny} denials and ${own.hold
        } holds on record`, body.session_state);
      }
      this.book.tasks.get(id).seen = body.state !== 'open' || !load?.uses(id);
      ++this.counts.budgets;
    }
  }

  async grants() {
    for (const [approval, uses] of this.#uses) {
      must(uses.length === 1, `approval ${approval} was used more than once`, uses);
    }
    for (const [id, {task, word}] of this.book.grants) {
      this.book.grants.delete(id);
      ++this.counts.grants;
      if (this.#uses.has(id)) continue;
      const first = await this.#ask(task, 'pay', word);
      must(first.allowed, `approval ${id} was granted and not used, so the call is allowed`, first);
      const second = await this.#ask(task, 'pay', word);
      must(!second.allowed, `approval ${id} is good for one call`, second);
      ++this.counts.released;
    }
  }

  // The next action of what holds a secret, and its record.
  async labels() {
    for (const [task, why] of this.book.labelled) {
      this.book.labelled.delete(task);
      const {state, session_state: session} =
        await this.scene.must('carol', 'GET', `/v1/tasks/${task}`);
      must(session.labels.includes('secret'), `task ${task} bears a label: ${why}`, session);
      if (state !== 'open') continue;
      const answer = await this.#ask(task, 'publish', 'leak');
      must(!answer.allowed, `task ${task} may not publish: ${why}`, answer);
      ++this.counts.labels;
    }
  }

  async outcomes() {
    for (const id of this.book.outcomes.splice(0)) {
      const {result} = await this.scene.decision(id);
      must(result?.status === 'ok', `the outcome of decision ${id} was acknowledged`, result);
      ++this.counts.outcomes;
    }
  }

  async ends() {
    for (const [task, {token}] of this.book.ended) {
      this.book.ended.delete(task);
      const {state} = await this.scene.must('carol', 'GET', `/v1/tasks/${task}`);
      must(state === 'ended', `task ${task} was ended`, state);
      const answer = await this.#ask(task, 'note', 'dead');
      must(!answer.allowed, `task ${task} was ended`, answer);
      if (token) {
        const {status} = await this.scene.rest({token}, 'GET', `/v1/tasks/${task}`);
        must(status === 401, `the credential of task ${task} is dead`, status);
      }
      ++this.counts.ends;
    }
  }

  async acts() {
    const {book, scene} = this;
    for (const [id, state] of book.identities) {
      const {status, body} = await scene.rest('admin', 'GET', `/v1/identities/${id}`);
      must(status === 200 && body.state === state, `identity ${id} is ${state}`, body);
      book.identities.delete(id);
      ++this.counts.acts;
    }
    for (const [tokens, accepted] of [[[...book.live.keys()], true], [[...book.dead], false]]) {
      for (const token of tokens) {
        const {status} = await scene.rest({token}, 'GET', '/v1/policies');
        must((status === 200) === accepted, `a token is ${accepted ? 'good' : 'revoked'}`, status);
        ++this.counts.acts;
      }
    }
    book.live.clear();
    book.dead.clear();
    const policies = await scene.must('carol', 'GET', '/v1/policies');
    must(policies.version >= book.policies.version, `policies ${book.policies.version} were published`,
      policies.version);
    if (policies.version === book.policies.version) {
      must(policies.digest === book.policies.digest, 'the policies are those that were published', policies);
    }
    ++this.counts.acts;
  }

  // What reached the tool server was on record as allowed, and reached it once.
  executions() {
    const lines = this.scene.executed();
    for (const line of lines.slice(this.#executedLines)) {
      const word = line.split(' ')[1];
      must(!this.#executedWords.has(word), `\`${line}\` was executed twice`);
      this.#executedWords.add(word);
      const allowed = this.#byWord.get(word) ?? [];
      must(allowed.length === 1, `\`${line}\` was executed, so it is on record as allowed, once`, allowed);
      must(!this.#withdrawn.has(allowed[0]), `\`${line}\` was executed and is said to be withdrawn`);
      ++this.counts.executed;
    }
    this.#executedLines = lines.length;
    for (const word of this.book.answered) {
      must(this.#executedWords.has(word), `the agent has the answer of \`${word}\``);
    }
    this.book.answered.clear();
  }

  // Budgets that were used up before the crash are so behind it.
  async used({spenders}) {
    for (const {id, calls} of spenders) {
      const left = calls - (this.#allows.get(id) ?? 0);
      if (left > 3) continue;
      for (let i = 0; i < left; ++i) {
        const answer = await this.#ask(id, 'note', `last-${id}-${i}`);
        must(answer.allowed || answer.reasons[0].code.startsWith('task.'), `task ${id} has calls left`, answer);
      }
      const over = await this.#ask(id, 'note', 'over');
      must(!over.allowed, `task ${id} has used up ${calls} calls`, over);
      ++this.counts.spent;
    }
  }

  async #ask(task, tool, word) {
    return this.book.decided(task, word, await this.scene.ask(task, tool, word));
  }
}
