// A small seeded generator (mulberry32), so that every case can be made again.
export class Random {
  constructor(seed) {
    this.state = seed | 0;
  }

  // The generator of case `index` of the run `seed`.
  static forCase(seed, index) {
    const random = new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
    for (let i = 0; i < 3; ++i) random.next();
    return random;
  }

  // In [0, 1).
  next() {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  below(n) {
    return Math.floor(this.next() * n);
  }

  chance(probability) {
    return this.next() < probability;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  shuffled(list) {
    const out = [...list];
    for (let i = out.length - 1; i > 0; --i) {
      const other = this.below(i + 1);
      [out[i], out[other]] = [out[other], out[i]];
    }
    return out;
  }

  // `count` results of `make`.
  times(count, make) {
    return Array.from({length: count}, make);
  }
}
