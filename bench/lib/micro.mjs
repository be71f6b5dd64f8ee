// The micro benchmarks that stand beside the code, by Google Benchmark: medians of repetitions.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const programs = [
  { file: 'decision_bench', keep: /^BM_Decide/, targets: { 'BM_Decide/100': '≤ 2 µs' } },
  { file: 'cedar_bench' },
  { file: 'text_bench' },
  { file: 'identity_bench' },
  { file: 'ledger_file_bench' },
  // Of a million decisions; AMBIT_BENCH_DECISIONS=10000000 for ten.
  { file: 'index_bench', keep: /^BM_(Find|Count)/,
    targets: { BM_FindNothingAmongHotValues: '≤ 50 000 µs', BM_FindNewestOfAgent: '≤ 50 000 µs' } },
  { file: 'vault_bench', targets: { BM_Seal: '≤ 2 µs' } },
];

const scale = { ns: 1e-3, us: 1, ms: 1e3, s: 1e6 };

export async function microRows(build) {
  const rows = [];
  for (const { file, keep, targets = {} } of programs) {
    const out = execFileSync(join(build, 'src', file), ['--benchmark_format=json',
      '--benchmark_repetitions=5', '--benchmark_report_aggregates_only=true',
      '--benchmark_min_time=0.1'], { stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 26 });
    for (const item of JSON.parse(out).benchmarks) {
      // What is long runs once and has no median.
      const counts = item.run_type === 'iteration' || item.aggregate_name === 'median';
      if (!counts || (keep && !keep.test(item.run_name))) continue;
      const row = { name: `${file.replace('_bench', '')}.${item.run_name}`,
        value: item.cpu_time * scale[item.time_unit], unit: 'µs cpu' };
      if (targets[item.run_name]) row.target = targets[item.run_name];
      if (item.items_per_second) {
        row.value = item.items_per_second;
        row.unit = 'items/s';
      }
      rows.push(row);
    }
  }
  return rows;
}
