// Rows as a Markdown table.
const shown = (number) => (typeof number !== 'number' ? '' :
  Math.abs(number) >= 100 ? String(Math.round(number)) :
    Math.abs(number) >= 1 ? String(Math.round(number * 100) / 100) : String(Number(number.toPrecision(3))));

export function table(rows) {
  const lines = ['| measurement | value | unit | yardstick | ratio | target |',
    '|---|---:|---|---|---:|---|'];
  for (const row of rows) {
    const yardstick = row.yardstick ? `${row.yardstick} ${shown(row.yardstick_value)}` : '';
    lines.push(`| ${row.name} | ${shown(row.value)} | ${row.unit} | ${yardstick} | ` +
      `${shown(row.ratio)} | ${row.target ?? ''} |`);
  }
  return lines.join('\n');
}
