// Our program, which answers one JSON line with another.
import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';

export class Oracle {
  constructor(program) {
    this.process = spawn(program, {stdio: ['pipe', 'pipe', 'inherit']});
    this.waiting = [];
    this.process.on('exit', (code, signal) => this.ended(`exit ${code ?? signal}`));
    this.process.on('error', (error) => this.ended(error.message));
    this.process.stdin.on('error', () => {});
    createInterface({input: this.process.stdout}).on('line', (line) => {
      this.waiting.shift().resolve(JSON.parse(line));
    });
  }

  ended(why) {
    this.why = why;
    for (const {reject} of this.waiting.splice(0)) reject(new Error(`the oracle ended: ${why}`));
  }

  ask(question) {
    return new Promise((resolve, reject) => {
      if (this.why) return reject(new Error(`the oracle ended: ${this.why}`));
      this.waiting.push({resolve, reject});
      this.process.stdin.write(JSON.stringify(question) + '\n');
    });
  }

  close() {
    this.process.stdin.end();
  }
}
