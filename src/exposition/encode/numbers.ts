/** A sample's value in the text formats. */
export function sampleValue(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

/**
 * A bucket's upper bound as the value of `le` in the text format 0.0.4, as Go's client library prints it: the fewest
 * digits that give the number back, with an exponent of at least two digits below 1e-4 and from 1e+06 on. Dashboards
 * select buckets by this text.
 */
export function bucketBound(value: number): string {
  if (!Number.isFinite(value)) return sampleValue(value);
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  // JavaScript writes no exponent between 1e-6 and 1e21, so inside the range both print the same.
  if (exponent >= -4 && exponent < 6) return String(value);
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** A bucket's upper bound in OpenMetrics, where whole numbers are written with a decimal ("Considerations: Canonical Numbers"). */
export function canonicalBound(value: number): string {
  const text = bucketBound(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}
